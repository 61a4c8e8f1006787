// Goal: a user may send so many requests a second and some in a burst, whatever others do, and what
// is remembered of them is bounded.
// Method: moments said by the test; the algorithm's own arithmetic worked out by hand.

#include "controller/user_rate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace dibs::controller {
namespace {

using namespace std::chrono_literals;

constexpr base::SteadyInstant start = base::SteadyInstant(1h);

/// How many of so many requests at that moment pass.
int passed(UserRate& rate, const std::string& user, base::SteadyInstant at, int requests) {
    int passed = 0;
    for (int i = 0; i < requests; ++i) {
        if (!rate.count(user, at)) ++passed;
    }
    return passed;
}

TEST(UserRate, LetsABurstPassAndNoMore) {
    UserRate rate(10, 5);
    EXPECT_EQ(passed(rate, "ann", start, 5), 5);
    EXPECT_EQ(rate.count("ann", start), 100ms);
    EXPECT_EQ(rate.count("ann", start), 100ms) << "who is turned away is not put further back";
}

TEST(UserRate, LetsASteadyRatePassForEver) {
    UserRate rate(10, 1);
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_EQ(rate.count("ann", start + 100ms * i), std::nullopt) << i;
    }
}

TEST(UserRate, TurnsAwayWhatIsFasterThanTheRate) {
    UserRate rate(10, 1);
    EXPECT_EQ(rate.count("ann", start), std::nullopt);
    EXPECT_EQ(rate.count("ann", start + 99ms), 1ms);
    EXPECT_EQ(rate.count("ann", start + 100ms), std::nullopt);
}

TEST(UserRate, TheWaitItTellsIsEnough) {
    UserRate rate(3, 2);  // A third of a second is no whole number of milliseconds.
    EXPECT_EQ(passed(rate, "ann", start, 2), 2);
    const auto wait = rate.count("ann", start);
    ASSERT_TRUE(wait.has_value());
    EXPECT_EQ(*wait, 334ms);
    EXPECT_NE(rate.count("ann", start + *wait - 1ms), std::nullopt);
    EXPECT_EQ(rate.count("ann", start + *wait), std::nullopt);
}

TEST(UserRate, ABurstComesBackOneByOne) {
    UserRate rate(10, 5);
    EXPECT_EQ(passed(rate, "ann", start, 10), 5);
    EXPECT_EQ(passed(rate, "ann", start + 200ms, 10), 2);
    EXPECT_EQ(passed(rate, "ann", start + 10s, 10), 5) << "and never grows beyond itself";
}

TEST(UserRate, CountsEachUserByThemselves) {
    UserRate rate(10, 2);
    EXPECT_EQ(passed(rate, "ann", start, 9), 2);
    EXPECT_EQ(passed(rate, "bob", start, 9), 2);
}

TEST(UserRate, OfNothingLimitsNobody) {
    UserRate rate(0, 0);
    EXPECT_EQ(passed(rate, "ann", start, 10'000), 10'000);
}

TEST(UserRate, ABurstOfNothingIsABurstOfOne) {
    UserRate rate(10, 0);
    EXPECT_EQ(passed(rate, "ann", start, 3), 1);
}

TEST(UserRate, RemembersOnlySoManyAndForgetsTheQuiet) {
    // choice: as many as are remembered, as user_rate.cc has it.
    constexpr int users_max = 200'000;
    UserRate rate(10, 1);
    for (int i = 0; i < users_max; ++i) {
        ASSERT_EQ(rate.count("user-" + std::to_string(i), start), std::nullopt);
    }
    // Everybody who is remembered has just asked: there is no place, and who is new is not limited.
    EXPECT_EQ(passed(rate, "late", start, 5), 5);
    EXPECT_NE(rate.count("user-7", start), std::nullopt) << "who is remembered still is";
    // A tenth of a second later all have been quiet for long enough.
    EXPECT_EQ(passed(rate, "late", start + 100ms, 5), 1);
}

TEST(UserRate, ManyThreadsTogetherGetNoMoreThanOne) {
    UserRate rate(1, 100);
    std::atomic<int> let_through = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] { let_through += passed(rate, "ann", start, 100); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(let_through, 100);
}

}  // namespace
}  // namespace dibs::controller
