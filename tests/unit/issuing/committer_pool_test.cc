// Goal: several committers serve several coupons at once, and never one coupon: its order is what
// it is with one. Method: a store that says that its groups are of one coupon, with steps held
// where it takes two threads to be somewhere; then a crowd on a few coupons, whose ranks must
// follow the order in which each of them asked.

#include "issuing/committer_pool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "support/printing.h"
#include "unit/issuing/committer_trial.h"

namespace dibs::issuing {
namespace {

using domain::CouponId;
using domain::IssueOutcome;
using repository::GroupScope;
using test::a_coupon;
using test::Asking;
using test::StoreStep;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

TEST(CommitterPool, HasAsManyAsAreWantedWhereEachHasACouponToItself) {
    EXPECT_EQ(CommitterTrial(256, GroupScope::one_coupon, 4).committers(), 4U);
}

TEST(CommitterPool, HasOneWhereAGroupIsOfAllCoupons) {
    EXPECT_EQ(CommitterTrial(256, GroupScope::all_coupons, 4).committers(), 1U);
}

TEST(CommitterPool, ServesCouponsAtOnce) {
    CommitterTrial trial(256, GroupScope::one_coupon, 2);
    const CouponId one = trial.offer(a_coupon().with_stock(9));
    const CouponId other = trial.offer(a_coupon().with_stock(9));
    trial.faults().hold(StoreStep::open_books);
    trial.start();
    trial.join(one, Asking("ann"));
    trial.join(other, Asking("bob"));
    trial.faults().wait_until_held(StoreStep::open_books, 2);
    trial.faults().let_go(StoreStep::open_books);
    EXPECT_THAT(told(trial.desk().wait_for(2)), ElementsAre("issued", "issued"));
}

TEST(CommitterPool, AGroupIsOfOneCoupon) {
    CommitterTrial trial(256, GroupScope::one_coupon, 1);
    const CouponId one = trial.offer(a_coupon().with_stock(9));
    const CouponId other = trial.offer(a_coupon().with_stock(9));
    trial.join(one, Asking("ann"));
    trial.join(other, Asking("bob"));
    trial.join(one, Asking("cid"));
    EXPECT_THAT(told(trial.answers()), Each("issued"));
    EXPECT_EQ(trial.groups_committed(), 2U);
    EXPECT_THAT(users_of(trial.kept(one)), ElementsAre("ann", "cid"));
}

TEST(CommitterPool, ACouponInDoubtHoldsUpNobodyElses) {
    CommitterTrial trial(256, GroupScope::one_coupon, 2);
    const CouponId doubtful = trial.offer(a_coupon().with_stock(9));
    const CouponId other = trial.offer(a_coupon().with_stock(9));
    trial.faults().fail_next(StoreStep::commit, base::FailureKind::in_doubt);
    trial.faults().let_next_pass(StoreStep::open_coupon);
    trial.faults().fail_next(StoreStep::open_coupon, base::FailureKind::unavailable);
    // It is between two looks until somebody else's coupon was issued.
    trial.pause().meanwhile = [&] {
        trial.join(other, Asking("bob"));
        ASSERT_EQ(told(trial.desk().wait_for(1)), (std::vector<std::string>{"issued"}));
    };
    trial.join(doubtful, Asking("ann"));
    trial.start();
    EXPECT_THAT(told(trial.desk().wait_for(2)), ElementsAre("issued", "issued"));
    EXPECT_THAT(trial.kept(doubtful), SizeIs(1));
}

TEST(CommitterPool, StopAnswersEverybodyWhoWaits) {
    CommitterTrial trial(8, GroupScope::one_coupon, 3);
    std::vector<CouponId> coupons;
    for (int i = 0; i < 5; ++i) coupons.push_back(trial.offer(a_coupon().with_stock(1'000)));
    for (std::size_t i = 0; i < 200; ++i) {
        // Most want the first one, which only one committer can have at a time.
        trial.join(coupons[i % 10 < 5 ? 0 : i % 5], Asking(fmt::format("user-{}", i)));
    }
    const auto answers = trial.answers();
    EXPECT_THAT(answers, SizeIs(200));
    EXPECT_THAT(told(answers), Each("issued"));
}

TEST(CommitterPool, ACrowdOnSeveralCouponsIsServedInTheOrderInWhichEachCame) {
    constexpr std::uint64_t threads = 4;
    constexpr std::uint64_t per_coupon = 60;
    constexpr std::int64_t stock = 200;
    CommitterTrial trial(16, GroupScope::one_coupon, 4);
    std::vector<CouponId> coupons;
    for (int i = 0; i < 3; ++i) {
        coupons.push_back(trial.offer(a_coupon().limit(1'000).with_stock(stock)));
    }
    std::vector<test::CollectingDesk> desks(threads);
    WaitingLine& line = trial.line();
    trial.start();
    std::vector<std::thread> askers;
    for (std::uint64_t thread = 0; thread < threads; ++thread) {
        askers.emplace_back([&, thread] {
            for (std::uint64_t i = 0; i < per_coupon * coupons.size(); ++i) {
                EXPECT_EQ(line.join({.coupon_id = coupons[i % coupons.size()],
                                     .user_id = test::user(fmt::format("user-{}", thread)),
                                     .idempotency_key = std::nullopt,
                                     .deadline = base::SteadyInstant::max(),
                                     .desk = &desks[thread],
                                     .ticket = i}),
                          WaitingLine::Admission::joined);
            }
        });
    }
    for (std::thread& asker : askers) asker.join();
    trial.stop();

    std::vector<std::vector<std::int64_t>> ranks(coupons.size());
    for (test::CollectingDesk& desk : desks) {
        std::vector<std::int64_t> last_rank(coupons.size(), 0);
        for (const auto& [ticket, result] : desk.wait_for(per_coupon * coupons.size())) {
            const std::size_t coupon = ticket % coupons.size();
            if (result->outcome == IssueOutcome::sold_out) {
                last_rank[coupon] = stock;  // Whoever came later gets none.
                continue;
            }
            ASSERT_EQ(result->outcome, IssueOutcome::issued);
            EXPECT_GT(result->registered.front().rank, last_rank[coupon]);
            last_rank[coupon] = result->registered.front().rank;
            ranks[coupon].push_back(last_rank[coupon]);
        }
    }
    for (std::vector<std::int64_t>& of_coupon : ranks) {
        std::ranges::sort(of_coupon);
        ASSERT_THAT(of_coupon, SizeIs(stock));
        EXPECT_EQ(std::ranges::adjacent_find(of_coupon), of_coupon.end()) << "no rank twice";
        EXPECT_EQ(of_coupon.back(), stock);
    }
}

}  // namespace
}  // namespace dibs::issuing
