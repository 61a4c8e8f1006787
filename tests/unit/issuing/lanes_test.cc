// Goal: within a coupon who came first goes first, and between coupons turns are taken, so that
// nobody stands behind another coupon's thousands. Method: what is taken is written down as
// "coupon:ticket"; for whatever orders there may be, a crowd of random joins and takes is held
// against a list per coupon.

#include "issuing/lanes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>

#include "support/builders.h"

namespace dibs::issuing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PendingIssue request_for(std::int64_t coupon, std::uint64_t ticket) {
    return {.coupon_id = domain::CouponId{coupon},
            .user_id = test::user("alice"),
            .idempotency_key = std::nullopt,
            .deadline = base::SteadyInstant::max(),
            .ticket = ticket};
}

std::vector<std::string> places_of(const std::vector<PendingIssue>& taken) {
    std::vector<std::string> all;
    for (const PendingIssue& one : taken) {
        all.push_back(fmt::format("{}:{}", one.coupon_id.value, one.ticket));
    }
    return all;
}

/// How many were taken of each coupon.
std::map<std::int64_t, int> counts(const std::vector<PendingIssue>& taken) {
    std::map<std::int64_t, int> counts;
    for (const PendingIssue& one : taken) ++counts[one.coupon_id.value];
    return counts;
}

void push(Lanes& lanes, std::int64_t coupon, std::uint64_t count, std::uint64_t first = 1) {
    for (std::uint64_t i = 0; i < count; ++i) lanes.push(request_for(coupon, first + i));
}

TEST(Lanes, AreEmptyAtFirst) {
    Lanes lanes;
    EXPECT_FALSE(lanes.has_ready());
    EXPECT_EQ(lanes.size(), 0U);
    EXPECT_THAT(lanes.take_of_all(10), IsEmpty());
    EXPECT_THAT(lanes.take_of_one(10), IsEmpty());
}

TEST(Lanes, GiveOutACouponsInTheOrderOfArrival) {
    Lanes lanes;
    lanes.push(request_for(1, 1));
    lanes.push(request_for(2, 2));
    lanes.push(request_for(1, 3));
    lanes.push(request_for(2, 4));
    lanes.push(request_for(1, 5));
    EXPECT_EQ(lanes.size(), 5U);
    EXPECT_THAT(places_of(lanes.take_of_all(10)), ElementsAre("1:1", "1:3", "1:5", "2:2", "2:4"));
    EXPECT_EQ(lanes.size(), 0U);
}

TEST(Lanes, AGroupHasThoseOfAllBeforeTheRestOfWhomMostWait) {
    Lanes lanes;
    push(lanes, 1, 10'000);
    push(lanes, 2, 1);
    push(lanes, 3, 2);
    EXPECT_EQ(counts(lanes.take_of_all(256)),
              (std::map<std::int64_t, int>{{1, 253}, {2, 1}, {3, 2}}));
}

TEST(Lanes, CouponsThatAreAllWantedShareAGroup) {
    Lanes lanes;
    for (std::int64_t coupon = 1; coupon <= 4; ++coupon) push(lanes, coupon, 1'000);
    EXPECT_EQ(counts(lanes.take_of_all(256)),
              (std::map<std::int64_t, int>{{1, 64}, {2, 64}, {3, 64}, {4, 64}}));
}

TEST(Lanes, WhoseTurnDidNotComeComesFirstNextTime) {
    Lanes lanes;
    for (std::int64_t coupon = 1; coupon <= 3; ++coupon) push(lanes, coupon, 2);
    EXPECT_THAT(places_of(lanes.take_of_all(2)), ElementsAre("1:1", "1:2"));
    push(lanes, 1, 1, 3);
    EXPECT_THAT(places_of(lanes.take_of_all(3)), ElementsAre("2:1", "2:2", "3:1"));
    EXPECT_THAT(places_of(lanes.take_of_all(9)), ElementsAre("1:3", "3:2"));
}

TEST(Lanes, NobodyWaitsForMoreThanATurnOfEachCouponBefore) {
    Lanes lanes;
    constexpr std::int64_t hot_coupons = 40;
    for (std::int64_t coupon = 1; coupon <= hot_coupons; ++coupon) push(lanes, coupon, 1'000);
    push(lanes, 999, 1);
    // Forty turns of sixteen are 640: three groups of 256 have the cold one's place in them.
    std::map<std::int64_t, int> taken;
    for (int group = 0; group < 3; ++group) {
        for (const auto& [coupon, count] : counts(lanes.take_of_all(256))) taken[coupon] += count;
    }
    EXPECT_EQ(taken[999], 1);
}

TEST(Lanes, ATakenCouponHasNoTurnUntilItIsGivenBack) {
    Lanes lanes;
    push(lanes, 1, 3);
    push(lanes, 2, 1);
    EXPECT_THAT(places_of(lanes.take_of_one(2)), ElementsAre("1:1", "1:2"));
    push(lanes, 1, 1, 4);
    EXPECT_THAT(places_of(lanes.take_of_one(2)), ElementsAre("2:1"));
    EXPECT_FALSE(lanes.has_ready());
    EXPECT_THAT(lanes.take_of_one(2), IsEmpty());
    EXPECT_EQ(lanes.size(), 2U) << "they wait all the same";
    lanes.give_back(domain::CouponId{1});
    EXPECT_THAT(places_of(lanes.take_of_one(9)), ElementsAre("1:3", "1:4"));
}

TEST(Lanes, WhoJoinsWhileTheCouponIsTakenIsNotForgotten) {
    Lanes lanes;
    push(lanes, 1, 1);
    EXPECT_THAT(places_of(lanes.take_of_one(9)), ElementsAre("1:1"));
    push(lanes, 1, 1, 2);
    EXPECT_FALSE(lanes.has_ready());
    lanes.give_back(domain::CouponId{1});
    EXPECT_THAT(places_of(lanes.take_of_one(9)), ElementsAre("1:2"));
    lanes.give_back(domain::CouponId{1});
    EXPECT_FALSE(lanes.has_ready());
}

TEST(Lanes, AGivenBackCouponStandsBehindTheOthers) {
    Lanes lanes;
    push(lanes, 1, 4);
    push(lanes, 2, 1);
    push(lanes, 3, 1);
    EXPECT_THAT(places_of(lanes.take_of_one(2)), ElementsAre("1:1", "1:2"));
    lanes.give_back(domain::CouponId{1});
    EXPECT_THAT(places_of(lanes.take_of_one(2)), ElementsAre("2:1"));
    EXPECT_THAT(places_of(lanes.take_of_one(2)), ElementsAre("3:1"));
    EXPECT_THAT(places_of(lanes.take_of_one(2)), ElementsAre("1:3", "1:4"));
}

/// Random joins and takes; every lane's order is that of a list beside it.
class LanesInACrowd : public testing::TestWithParam<bool> {};

TEST_P(LanesInACrowd, KeepEveryCouponsOrderAndForgetNobody) {
    const bool is_of_one = GetParam();
    std::mt19937 random;  // Unseeded: the same crowd each time.
    Lanes lanes;
    std::map<std::int64_t, std::deque<std::uint64_t>> expected;
    std::set<std::int64_t> held;
    std::uint64_t ticket = 0;
    std::size_t waiting = 0;
    for (int step = 0; step < 20'000; ++step) {
        const bool is_filling = step < 15'000;
        if (is_filling && random() % 2 == 0) {
            const auto coupon = static_cast<std::int64_t>(random() % 50);
            lanes.push(request_for(coupon, ++ticket));
            expected[coupon].push_back(ticket);
            ++waiting;
        } else if (!held.empty() && random() % 2 == 0) {
            lanes.give_back(domain::CouponId{*held.begin()});
            held.erase(held.begin());
        } else {
            const std::size_t count_max = 1 + random() % 40;
            const auto taken =
                is_of_one ? lanes.take_of_one(count_max) : lanes.take_of_all(count_max);
            ASSERT_LE(taken.size(), count_max);
            for (const PendingIssue& one : taken) {
                auto& lane = expected[one.coupon_id.value];
                ASSERT_FALSE(lane.empty());
                ASSERT_EQ(one.ticket, lane.front());
                ASSERT_FALSE(held.contains(one.coupon_id.value)) << "it is somebody else's";
                lane.pop_front();
                --waiting;
            }
            if (is_of_one && !taken.empty()) held.insert(taken.front().coupon_id.value);
        }
        ASSERT_EQ(lanes.size(), waiting);
    }
    EXPECT_EQ(waiting, 0U) << "who waits is taken in the end";
}

INSTANTIATE_TEST_SUITE_P(EitherScope, LanesInACrowd, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& tested) {
                             return tested.param ? "OneCoupon" : "AllCoupons";
                         });

}  // namespace
}  // namespace dibs::issuing
