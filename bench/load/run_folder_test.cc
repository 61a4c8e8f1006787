// Goal: a run removes what an interrupted one left, and nothing else. Method: folders as such a run
// leaves them, which nobody has locked, beside one that a run holds and one that is no run's.

#include "load/run_folder.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/ensure.h"
#include "support/temporary_directory.h"

namespace dibs::bench {
namespace {

RunFolder run_in(const test::TemporaryDirectory& stores) {
    auto run = RunFolder::make(stores.path());
    base::ensure(run.is_ok(), "a run's folder can be made");
    return *std::move(run);
}

TEST(RunFolder, RemovesWhatAnInterruptedRunLeft) {
    const test::TemporaryDirectory stores;
    std::filesystem::create_directories(stores.path() / "run-abc123" / "store-1");
    test::write_file(stores.path() / "run-abc123" / "store-1" / "dibs.db", "gigabytes");
    const RunFolder run = run_in(stores);
    EXPECT_FALSE(std::filesystem::exists(stores.path() / "run-abc123"));
    EXPECT_TRUE(std::filesystem::is_empty(run.path()));
}

TEST(RunFolder, LeavesARunThatIsUnderWayAndWhatIsNoRuns) {
    const test::TemporaryDirectory stores;
    std::filesystem::create_directories(stores.path() / "other");
    test::write_file(stores.path() / "run-notes", "a file");
    const RunFolder first = run_in(stores);
    const RunFolder second = run_in(stores);
    EXPECT_TRUE(std::filesystem::exists(first.path()));
    EXPECT_NE(first.path(), second.path());
    EXPECT_TRUE(std::filesystem::exists(stores.path() / "other"));
    EXPECT_TRUE(std::filesystem::exists(stores.path() / "run-notes"));
}

TEST(RunFolder, GoesWithTheRun) {
    const test::TemporaryDirectory stores;
    { const RunFolder run = run_in(stores); }
    EXPECT_TRUE(std::filesystem::is_empty(stores.path()));
}

}  // namespace
}  // namespace dibs::bench
