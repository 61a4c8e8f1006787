// Goal: the three ways in which a crowd comes, to the nanosecond, without a clock.
// Method: ask at chosen moments what is due.

#include "rehearsal/pace.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace dibs::rehearsal {
namespace {

using base::SteadyInstant;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr SteadyInstant start{seconds(1'000)};
constexpr std::uint64_t endless = ~std::uint64_t{0};

CrowdOptions options_of(CrowdMode mode) {
    CrowdOptions options;
    options.mode = mode;
    options.duration = milliseconds(1'000);
    options.requests_per_second = 1'000;
    return options;
}

std::vector<DueRequest> take_all(Pace& pace, SteadyInstant now) {
    std::vector<DueRequest> taken;
    while (const auto due = pace.take(now)) taken.push_back(*due);
    return taken;
}

TEST(Stampede, IsDueAllAtOnceAndThenOver) {
    Pace pace(options_of(CrowdMode::stampede), {0, 1, 100}, start);
    EXPECT_TRUE(take_all(pace, start - nanoseconds(1)).empty());
    EXPECT_EQ(pace.left_behind(start), 100U);
    EXPECT_EQ(take_all(pace, start).size(), 100U);
    EXPECT_TRUE(pace.is_over(start));
    EXPECT_EQ(pace.left_behind(start + seconds(60)), 0U);
}

TEST(Stampede, StartsEachRequestWhenItIsSent) {
    Pace pace(options_of(CrowdMode::stampede), {0, 1, 2}, start);
    EXPECT_EQ(pace.take(start + milliseconds(3))->intended, start + milliseconds(3));
}

TEST(Stampede, IsSharedOutWithoutLossOrRepetition) {
    std::set<std::uint64_t> numbers;
    for (std::size_t thread = 0; thread < 3; ++thread) {
        Pace pace(options_of(CrowdMode::stampede), {thread, 3, 100}, start);
        for (const DueRequest& due : take_all(pace, start)) {
            EXPECT_TRUE(numbers.insert(due.number).second);
        }
    }
    EXPECT_EQ(numbers.size(), 100U);
    EXPECT_EQ(*numbers.rbegin(), 99U);
    Pace idle(options_of(CrowdMode::stampede), {2, 3, 2}, start);
    EXPECT_TRUE(idle.is_over(start));
}

TEST(ClosedLoop, IsAlwaysDueUntilTheTimeIsUp) {
    Pace pace(options_of(CrowdMode::closed_loop), {0, 1, endless}, start);
    EXPECT_FALSE(pace.take(start - nanoseconds(1)).has_value());
    EXPECT_EQ(pace.take(start)->number, 0U);
    EXPECT_EQ(pace.take(start + milliseconds(999))->intended, start + milliseconds(999));
    EXPECT_FALSE(pace.take(start + milliseconds(1'000)).has_value());
    EXPECT_TRUE(pace.is_over(start + milliseconds(1'000)));
    EXPECT_EQ(pace.left_behind(start + milliseconds(1'000)), 0U);
}

TEST(OpenLoop, FallsDueAtASteadyRateAndKeepsTheIntendedStart) {
    Pace pace(options_of(CrowdMode::open_loop), {0, 1, endless}, start);
    EXPECT_EQ(pace.take(start)->intended, start);
    EXPECT_FALSE(pace.take(start + nanoseconds(999'999)).has_value());
    EXPECT_EQ(pace.next_due(start), start + milliseconds(1));

    const auto late = take_all(pace, start + milliseconds(10));
    ASSERT_EQ(late.size(), 10U);
    EXPECT_EQ(late.front().intended, start + milliseconds(1));
    EXPECT_EQ(late.back().intended, start + milliseconds(10));
}

TEST(OpenLoop, OwesWhatFellDueBeforeTheEndEvenAfterIt) {
    Pace pace(options_of(CrowdMode::open_loop), {0, 1, endless}, start);
    const SteadyInstant later = start + seconds(5);
    EXPECT_EQ(pace.left_behind(later), 1'000U);
    EXPECT_FALSE(pace.is_over(later));
    EXPECT_EQ(take_all(pace, later).size(), 1'000U);
    EXPECT_TRUE(pace.is_over(later));
    EXPECT_EQ(pace.left_behind(later), 0U);
}

TEST(OpenLoop, IsTheSameRateHoweverManyThreadsShareIt) {
    std::multiset<nanoseconds> moments;
    for (std::size_t thread = 0; thread < 2; ++thread) {
        Pace pace(options_of(CrowdMode::open_loop), {thread, 2, endless}, start);
        EXPECT_EQ(pace.left_behind(start + milliseconds(4)), 2U);
        for (const DueRequest& due : take_all(pace, start + seconds(2))) {
            moments.insert(due.intended - start);
        }
    }
    ASSERT_EQ(moments.size(), 1'000U);
    nanoseconds expected(0);
    for (const nanoseconds moment : moments) {
        EXPECT_EQ(moment, expected);
        expected += milliseconds(1);
    }
}

TEST(OpenLoop, DoesNotDriftAtARateThatDoesNotDivideASecond) {
    CrowdOptions options = options_of(CrowdMode::open_loop);
    options.requests_per_second = 3;
    options.duration = std::chrono::hours(1);
    Pace pace(options, {0, 1, endless}, start);
    const auto all = take_all(pace, start + std::chrono::hours(2));
    ASSERT_EQ(all.size(), 3U * 3'600U);
    EXPECT_EQ(all[3 * 3'599].intended, start + seconds(3'599));
}

TEST(OpenLoop, EndsWithItsRequestsIfTheyAreFewer) {
    Pace pace(options_of(CrowdMode::open_loop), {0, 1, 5}, start);
    EXPECT_EQ(pace.left_behind(start + seconds(1)), 5U);
    EXPECT_EQ(take_all(pace, start + seconds(1)).size(), 5U);
    EXPECT_TRUE(pace.is_over(start + milliseconds(5)));
}

TEST(Pace, LeavesBehindWhatIsNotTakenWhenItIsStopped) {
    Pace open(options_of(CrowdMode::open_loop), {0, 1, endless}, start);
    EXPECT_TRUE(open.take(start).has_value());
    open.stop(start + milliseconds(10));
    EXPECT_TRUE(open.is_over(start + milliseconds(10)));
    EXPECT_FALSE(open.take(start + milliseconds(10)).has_value());
    EXPECT_EQ(open.left_behind(start + seconds(9)), 9U);

    Pace stampede(options_of(CrowdMode::stampede), {0, 1, 3}, start);
    EXPECT_TRUE(stampede.take(start).has_value());
    stampede.stop(start);
    EXPECT_TRUE(stampede.is_over(start));
    EXPECT_EQ(stampede.left_behind(start), 2U);
}

}  // namespace
}  // namespace dibs::rehearsal
