// Goal: tasks run in order, the line is bounded, and stopping loses nothing that was taken.
// Method: hold the only thread inside a task and see what the line does meanwhile.

#include "base/workers.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace dibs::base {
namespace {

TEST(Workers, RunTasksInTheOrderInWhichTheyWereGiven) {
    std::vector<int> seen;
    Workers workers("worker", 1, 100);
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(workers.submit([&seen, i] { seen.push_back(i); }));
    }
    workers.stop();
    ASSERT_EQ(seen.size(), 50U);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(Workers, TurnAwayTheFirstOneTooMany) {
    std::promise<void> started;  // Before the workers: their last task still uses both.
    std::promise<void> release;
    Workers workers("worker", 1, 2);
    ASSERT_TRUE(workers.submit([&] {
        started.set_value();
        release.get_future().wait();
    }));
    started.get_future().wait();
    EXPECT_TRUE(workers.submit([] {}));
    EXPECT_TRUE(workers.submit([] {}));
    EXPECT_FALSE(workers.submit([] {}));
    release.set_value();
}

TEST(Workers, FinishWhatTheyTookAndTakeNothingAfterStop) {
    int done = 0;
    Workers workers("worker", 1, 100);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(workers.submit([&done] { ++done; }));
    workers.stop();
    EXPECT_EQ(done, 20);
    EXPECT_FALSE(workers.submit([&done] { ++done; }));
}

TEST(Workers, WithNoThreadOfTheirOwnDoWhatCallersDo) {
    std::vector<int> seen;
    Workers workers("worker", 0, 2);
    ASSERT_TRUE(workers.submit([&seen] { seen.push_back(1); }));
    ASSERT_TRUE(workers.submit([&seen] { seen.push_back(2); }));
    EXPECT_EQ(workers.waiting(), 2U);
    EXPECT_TRUE(seen.empty());
    EXPECT_TRUE(workers.run_next());
    EXPECT_EQ(seen, (std::vector{1}));
    EXPECT_EQ(workers.waiting(), 1U);
    workers.stop();
    EXPECT_TRUE(workers.run_next());
    EXPECT_FALSE(workers.run_next());
    EXPECT_EQ(seen, (std::vector{1, 2}));
}

}  // namespace
}  // namespace dibs::base
