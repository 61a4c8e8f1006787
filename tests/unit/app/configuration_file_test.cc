// Goal: a file says what it seems to say, or the line that is wrong is named. Method: files of
// every kind in a temporary folder.

#include "app/configuration_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/identity/temporary_folder.h"

namespace dibs::app {
namespace {

using identity::TemporaryFolder;
using testing::StartsWith;

/// What is wrong with a file of this text, its path left away; `fine` if nothing is.
std::string file_complaint(std::string_view text) {
    const TemporaryFolder folder;
    const std::string path = folder.write("dibs.toml", text);
    const auto values = read_configuration_file(path);
    return values ? "fine" : values.failure().what.substr(path.size());
}

TEST(ConfigurationFile, TakesTextsAndNumbersByEitherSpelling) {
    const TemporaryFolder folder;
    const std::string path = folder.write("dibs.toml",
                                          "# comment\n"
                                          "listen = \"[::1]:0\"\n"
                                          "group_max = 1_000\n"
                                          "queue-max = \"7\"\n"
                                          "jwt-issuer = 'a\\b'\n");
    const auto values = read_configuration_file(path);
    ASSERT_TRUE(values.is_ok()) << values.failure().what;
    EXPECT_EQ(values->size(), 4U);
    EXPECT_EQ(values->at("listen").text, "[::1]:0");
    EXPECT_EQ(values->at("listen").origin, path + " line 2");
    EXPECT_EQ(values->at("group-max").text, "1000");
    EXPECT_EQ(values->at("group-max").origin, path + " line 3");
    EXPECT_EQ(values->at("queue-max").text, "7");
    EXPECT_EQ(values->at("jwt-issuer").text, "a\\b");
}

TEST(ConfigurationFile, MayBeEmpty) {
    EXPECT_EQ(file_complaint(""), "fine");
    EXPECT_EQ(file_complaint("# nothing\n"), "fine");
}

TEST(ConfigurationFile, NamesTheLineThatIsWrong) {
    EXPECT_EQ(file_complaint("readers = 1\ngrup-max = 1\n"),
              " line 2: \"grup-max\" is not a setting; did you mean group-max?");
    EXPECT_EQ(file_complaint("frobnicate = 1\n"), " line 1: \"frobnicate\" is not a setting");
    EXPECT_EQ(file_complaint("config = \"other.toml\"\n"), " line 1: \"config\" is not a setting");
    EXPECT_EQ(file_complaint("[issuing]\ngroup-max = 1\n"),
              " line 1: \"issuing\" is not a setting");
    for (const char* value : {"1.5", "[1]", "{}", "2026-11-27", "00:05:00", "inf"}) {
        EXPECT_EQ(file_complaint(std::string("group-max = ") + value + "\n"),
                  " line 1: the value of \"group-max\" is neither a text, a whole number nor true "
                  "or false")
            << value;
    }
    EXPECT_THAT(file_complaint("group-max = 1\ngroup_max = 2\n"), StartsWith(" line "));
    EXPECT_THAT(file_complaint("group-max = 1\ngroup_max = 2\n"),
                testing::EndsWith(": \"group-max\" is set twice"));
}

TEST(ConfigurationFile, MustBeToml) {
    for (const char* text : {"group-max 1\n", "group-max = \n", "group-max = 1\ngroup-max = 2\n",
                             "listen = \"unfinished\n", "\xFF\xFE", "compact-at = 00:05\n"}) {
        EXPECT_THAT(file_complaint(text),
                    testing::MatchesRegex(" line [0-9]+: is not TOML: [^\n]+"))
            << text;
    }
}

TEST(ConfigurationFile, MustBeReadable) {
    const TemporaryFolder folder;
    const auto missing = read_configuration_file(folder.path_of("missing"));
    EXPECT_EQ(missing.failure().kind, base::FailureKind::unavailable);
    EXPECT_EQ(missing.failure().what,
              folder.path_of("missing") + ": cannot be read: No such file or directory");
    EXPECT_EQ(read_configuration_file(folder.path_of(".")).failure().kind,
              base::FailureKind::unavailable);
}

}  // namespace
}  // namespace dibs::app
