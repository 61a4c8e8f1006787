// Goal: whatever the store does to a group, everybody is told what is true, nobody pays for
// another's request, and the next group is served as if nothing had happened. Method: a committer
// over a real store that fails at chosen calls; what was told is held against what the store behind
// has kept.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "issuing/group_committer.h"
#include "support/printing.h"
#include "unit/issuing/committer_trial.h"

namespace dibs::issuing {
namespace {

using base::FailureKind;
using domain::CouponId;
using test::a_coupon;
using test::Asking;
using test::must;
using test::StoreStep;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

class FailsBeforeTheCommit : public testing::TestWithParam<FailingStep> {};

TEST_P(FailsBeforeTheCommit, TellsTheGroupAndServesTheNext) {
    CommitterTrial trial(3);
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    for (std::uint64_t i = 1; i <= 6; ++i) trial.join(coupon, asking(i));
    trial.faults().fail_next(GetParam().step, FailureKind::unavailable);
    EXPECT_THAT(told(trial.answers()), ElementsAre("unavailable", "unavailable", "unavailable",
                                                   "issued", "issued", "issued"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("user-4", "user-5", "user-6"));
    EXPECT_THAT(trial.desk().calls(), SizeIs(2)) << "one call per desk and group";
    EXPECT_EQ(trial.groups_in_doubt(), 0U);
}

INSTANTIATE_TEST_SUITE_P(EveryStep, FailsBeforeTheCommit,
                         testing::Values(FailingStep{"OpenBooks", StoreStep::open_books},
                                         FailingStep{"OpenCoupon", StoreStep::open_coupon},
                                         FailingStep{"Append", StoreStep::append},
                                         FailingStep{"Commit", StoreStep::commit}),
                         [](const testing::TestParamInfo<FailingStep>& tested) {
                             return std::string(tested.param.name);
                         });

TEST(GroupCommitterFaults, WhoWasToldUnavailableCanSimplyAskAgain) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    trial.faults().fail_next(StoreStep::commit, FailureKind::unavailable);
    trial.start();
    trial.join(coupon, Asking("ann", "k-1"));
    ASSERT_THAT(told(trial.desk().wait_for(1)), ElementsAre("unavailable"));
    trial.join(coupon, Asking("ann", "k-1"));
    EXPECT_THAT(told(trial.desk().wait_for(2)), ElementsAre("unavailable", "issued"));
    EXPECT_THAT(trial.kept(coupon), SizeIs(1));
}

TEST(GroupCommitterFaults, ARefusedRequestHurtsNobodyElse) {
    for (std::uint64_t poisoned = 1; poisoned <= 9; ++poisoned) {
        CommitterTrial trial;
        const CouponId coupon = trial.offer(a_coupon().with_stock(100));
        for (std::uint64_t i = 1; i <= 9; ++i) trial.join(coupon, asking(i));
        trial.faults().refuse(asking(poisoned).user_id);
        const auto answers = trial.answers();
        std::int64_t rank = 0;
        for (const auto& [ticket, result] : answers) {
            if (ticket == poisoned) {
                EXPECT_EQ(told(result), "refused") << poisoned;
                continue;
            }
            ASSERT_EQ(told(result), "issued") << ticket << " beside " << poisoned;
            EXPECT_EQ(result->registered.front().rank, ++rank) << "in the order of arrival";
        }
        EXPECT_THAT(trial.kept(coupon), SizeIs(8));
        EXPECT_EQ(trial.balance(coupon).stock, 92);
    }
}

TEST(GroupCommitterFaults, SeveralRefusedRequestsHurtNobodyElse) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(5));
    for (std::uint64_t i = 1; i <= 8; ++i) trial.join(coupon, asking(i));
    for (const std::uint64_t poisoned : {1U, 4U, 5U}) {
        trial.faults().refuse(asking(poisoned).user_id);
    }
    // Five are left for the five others: what the refused ones would have taken, nobody took.
    EXPECT_THAT(told(trial.answers()), ElementsAre("refused", "issued", "issued", "refused",
                                                   "refused", "issued", "issued", "issued"));
    EXPECT_EQ(trial.balance(coupon).stock, 0);
}

TEST(GroupCommitterFaults, ACorruptCouponHurtsNobodyElses) {
    CommitterTrial trial;
    const CouponId broken = trial.offer(a_coupon().with_stock(9));
    const CouponId sound = trial.offer(a_coupon().with_stock(9));
    trial.join(broken, Asking("ann"));
    trial.join(sound, Asking("bob"));
    trial.join(broken, Asking("cid"));
    trial.join(sound, Asking("dan"));
    trial.faults().corrupt(broken);
    EXPECT_THAT(told(trial.answers()), ElementsAre("corrupted", "issued", "corrupted", "issued"));
    EXPECT_THAT(trial.kept(broken), IsEmpty());
    EXPECT_THAT(users_of(trial.kept(sound)), ElementsAre("bob", "dan"));
}

TEST(GroupCommitterFaults, OnlyTheHalfThatFailsIsTold) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    for (std::uint64_t i = 1; i <= 4; ++i) trial.join(coupon, asking(i));
    trial.faults().refuse(asking(1).user_id);
    // The whole group is refused when it is appended, so the first commit is that of user 2, who
    // was left alone; the second that of users 3 and 4.
    trial.faults().fail_next(StoreStep::commit, FailureKind::unavailable);
    EXPECT_THAT(told(trial.answers()), ElementsAre("refused", "unavailable", "issued", "issued"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("user-3", "user-4"));
}

TEST(GroupCommitterFaults, NobodyWaitsForEverWhileTheStoreIsGone) {
    CommitterTrial trial(10);
    const CouponId coupon = trial.offer(a_coupon().with_stock(100));
    for (std::uint64_t i = 1; i <= 50; ++i) trial.join(coupon, asking(i));
    for (int group = 0; group < 5; ++group) {
        trial.faults().fail_next(StoreStep::open_books, FailureKind::unavailable);
    }
    EXPECT_THAT(told(trial.answers()), Each("unavailable"));
    EXPECT_THAT(trial.kept(coupon), IsEmpty());
}

}  // namespace
}  // namespace dibs::issuing
