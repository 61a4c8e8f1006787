// Goal: a claim on a file is one process's alone, and ends with it. Method: claims in this process
// and in one that is killed.

#include "database/file_lock.h"

#include <gtest/gtest.h>

#include <utility>

#include "support/child_process.h"
#include "support/moments.h"
#include "support/printing.h"
#include "support/temporary_directory.h"

namespace dibs::database {
namespace {

using base::FailureKind;
using test::kind_of;
using test::must;

class FileLockTest : public testing::Test {
protected:
    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("owner");
};

TEST_F(FileLockTest, IsTakenOnce) {
    auto lock = must(FileLock::take(path_));
    lock.leave_note("somebody");
    const auto refused = FileLock::take(path_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().kind, FailureKind::overloaded);
    EXPECT_EQ(refused.failure().what, "somebody");
}

TEST_F(FileLockTest, EndsWithItsHolder) {
    { const auto lock = must(FileLock::take(path_)); }
    EXPECT_TRUE(FileLock::take(path_));
}

TEST_F(FileLockTest, IsHeldByWhomItWasMovedTo) {
    auto first = must(FileLock::take(path_));
    {
        const FileLock second = std::move(first);
        EXPECT_FALSE(FileLock::take(path_));
    }
    auto third = must(FileLock::take(path_));
    first = std::move(third);
    EXPECT_FALSE(FileLock::take(path_));
}

TEST_F(FileLockTest, TheLastNoteIsTheWholeNote) {
    auto lock = must(FileLock::take(path_));
    lock.leave_note("a rather long note about somebody");
    lock.leave_note("short");
    EXPECT_EQ(FileLock::take(path_).failure().what, "short");
}

TEST_F(FileLockTest, ANoteThatWasLeftBehindIsNoClaim) {
    { must(FileLock::take(path_)).leave_note("somebody who is gone"); }
    const auto lock = must(FileLock::take(path_));
    EXPECT_FALSE(FileLock::take(path_));
}

TEST_F(FileLockTest, TheKernelEndsTheClaimOfAProcessThatWasKilled) {
    test::ForkedProcess holder([&] {
        static auto lock = must(FileLock::take(path_));
        lock.leave_note("the other process");
    });
    ASSERT_TRUE(holder.is_ready());
    EXPECT_EQ(FileLock::take(path_).failure().what, "the other process");
    holder.kill();
    EXPECT_TRUE(FileLock::take(path_));
}

TEST_F(FileLockTest, AProgramThatIsStartedDoesNotInheritTheClaim) {
    {
        const auto lock = must(FileLock::take(path_));
        EXPECT_EQ(test::run_program({"sh", "-c", "ls -l /proc/self/fd"}).out.find("owner"),
                  std::string::npos);
    }
    EXPECT_TRUE(FileLock::take(path_));
}

TEST_F(FileLockTest, APlaceThatCannotBeWrittenIsUnavailable) {
    const auto refused = FileLock::take(directory_.file("nowhere/owner"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().kind, FailureKind::unavailable);
    EXPECT_NE(refused.failure().what.find("nowhere/owner: No such file"), std::string::npos);
}

}  // namespace
}  // namespace dibs::database
