// Goal: a secret is the file's bytes, never a weak one, and a generated one is private and whole.
// Method: files of many kinds in a temporary folder, and several threads that generate at once.

#include "identity/secret_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "unit/identity/temporary_folder.h"

namespace dibs::identity {
namespace {

using base::FailureKind;
using testing::HasSubstr;

const std::string thirty_two = "0123456789abcdef0123456789ABCDEF";

std::string loaded(const std::string& path) {
    const auto secret = load_secret(path);
    return secret ? std::string(secret->bytes()) : "failed: " + secret.failure().what;
}

TEST(SecretFile, HoldsItsBytesWithoutOneTrailingNewline) {
    const TemporaryFolder folder;
    EXPECT_EQ(loaded(folder.write("a", thirty_two)), thirty_two);
    EXPECT_EQ(loaded(folder.write("b", thirty_two + "\n")), thirty_two);
    EXPECT_EQ(loaded(folder.write("c", thirty_two + "\r\n")), thirty_two);
    EXPECT_EQ(loaded(folder.write("d", thirty_two + "\n\n")), thirty_two + "\n");
    EXPECT_EQ(loaded(folder.write("e", thirty_two + "\r")), thirty_two + "\r");
    const std::string binary = thirty_two + std::string("\0\xFF\n \t", 5);
    EXPECT_EQ(loaded(folder.write("f", binary)), binary);
}

TEST(SecretFile, MustHoldThirtyTwoBytes) {
    const TemporaryFolder folder;
    for (const std::string& text : {std::string(), std::string("\n"), thirty_two.substr(1),
                                    thirty_two.substr(1) + "\n", thirty_two.substr(1) + "\r\n"}) {
        const auto secret = load_secret(folder.write("short", text));
        ASSERT_FALSE(secret.is_ok()) << text.size();
        EXPECT_EQ(secret.failure().kind, FailureKind::invalid);
    }
    const auto secret = load_secret(folder.write("short", "only this"));
    EXPECT_EQ(secret.failure().what,
              folder.path_of("short") +
                  ": a secret of 9 bytes is too short for HS256, which needs 32 or more");
}

TEST(SecretFile, MustBeARegularFileOfReasonableSize) {
    const TemporaryFolder folder;
    const auto missing = load_secret(folder.path_of("missing"));
    EXPECT_EQ(missing.failure().kind, FailureKind::unavailable);
    EXPECT_THAT(missing.failure().what, HasSubstr("No such file"));
    const auto a_folder = load_secret(folder.path_of("."));
    EXPECT_EQ(a_folder.failure().kind, FailureKind::invalid);
    ASSERT_EQ(::mkfifo(folder.path_of("pipe").c_str(), 0600), 0);
    EXPECT_EQ(load_secret(folder.path_of("pipe")).failure().kind, FailureKind::invalid);
    const auto huge = load_secret(folder.write("huge", std::string(65'537, 'x')));
    EXPECT_THAT(huge.failure().what, HasSubstr("is larger than 65536 bytes"));
    EXPECT_TRUE(load_secret(folder.write("large", std::string(65'536, 'x'))).is_ok());
}

TEST(SecretFile, IsWarnedAboutWhenOthersMayReadIt) {
    const TemporaryFolder folder;
    const std::string path = folder.write("open", thirty_two);
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    testing::internal::CaptureStdout();
    EXPECT_TRUE(load_secret(path).is_ok());
    EXPECT_THAT(testing::internal::GetCapturedStdout(),
                HasSubstr("secret-file-readable-by-others"));
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    testing::internal::CaptureStdout();
    EXPECT_TRUE(load_secret(path).is_ok());
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(GeneratedSecretFile, IsPrivateTextThatCanBeLoaded) {
    const TemporaryFolder folder;
    const std::string path = folder.path_of("dibs.db.key");
    ASSERT_TRUE(generate_secret_file(path).is_ok());
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    const std::string text = folder.read("dibs.db.key");
    EXPECT_EQ(text.size(), 44U);  // 32 bytes in base64url, and a newline.
    EXPECT_EQ(text.back(), '\n');
    EXPECT_EQ(loaded(path), text.substr(0, 43));
    EXPECT_EQ(folder.file_count(), 1U);
}

TEST(GeneratedSecretFile, IsDifferentEachTime) {
    const TemporaryFolder folder;
    std::set<std::string> secrets;
    for (const char* name : {"a", "b", "c", "d"}) {
        ASSERT_TRUE(generate_secret_file(folder.path_of(name)).is_ok());
        secrets.insert(folder.read(name));
    }
    EXPECT_EQ(secrets.size(), 4U);
}

TEST(GeneratedSecretFile, NeverReplacesAnother) {
    const TemporaryFolder folder;
    const std::string path = folder.write("key", "precious");
    const auto again = generate_secret_file(path);
    EXPECT_EQ(again.failure().kind, FailureKind::refused);
    EXPECT_EQ(folder.read("key"), "precious");
    EXPECT_EQ(folder.file_count(), 1U);
}

TEST(GeneratedSecretFile, FailsWhereNothingCanBeWritten) {
    const TemporaryFolder folder;
    const auto nowhere = generate_secret_file(folder.path_of("no/such/folder/key"));
    EXPECT_EQ(nowhere.failure().kind, FailureKind::unavailable);
}

TEST(GeneratedSecretFile, IsMissingOnlyWhereThereIsNothing) {
    const TemporaryFolder folder;
    EXPECT_TRUE(is_secret_missing(folder.path_of("key")));
    EXPECT_TRUE(is_secret_missing(folder.path_of("no/such/folder/key")));
    EXPECT_FALSE(is_secret_missing(folder.write("bad", "short")));
    const std::string path = folder.path_of("link");
    ASSERT_EQ(::symlink("nowhere", path.c_str()), 0);
    EXPECT_FALSE(is_secret_missing(path));
    EXPECT_EQ(load_or_generate_secret(path).failure().kind, FailureKind::unavailable);
    EXPECT_EQ(folder.file_count(), 2U) << "nothing was made";
}

TEST(GeneratedSecretFile, IsTheSameForAllWhoLoadOrGenerateAtOnce) {
    const TemporaryFolder folder;
    const std::string path = folder.path_of("key");
    std::vector<std::string> seen(8);
    {
        std::vector<std::jthread> threads;
        for (std::string& secret : seen) {
            threads.emplace_back([&secret, &path] {
                const auto loaded_or_generated = load_or_generate_secret(path);
                if (loaded_or_generated) secret = loaded_or_generated->bytes();
            });
        }
    }
    EXPECT_EQ(seen.front().size(), 43U);
    for (const std::string& secret : seen) EXPECT_EQ(secret, seen.front());
    EXPECT_EQ(folder.file_count(), 1U);
}

TEST(GeneratedSecretFile, IsNotMadeInThePlaceOfABadOne) {
    const TemporaryFolder folder;
    const auto bad = load_or_generate_secret(folder.write("key", "too short"));
    EXPECT_EQ(bad.failure().kind, FailureKind::invalid);
    EXPECT_EQ(folder.read("key"), "too short");
}

}  // namespace
}  // namespace dibs::identity
