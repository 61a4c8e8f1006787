// Goal: a group that somebody else was in the way of is decided anew on what is there now, in its
// order, and nobody is turned away for it unless it goes on for too long. Method: committers over a
// real store whose steps fail with a conflict, or are refused, as often as is ordered; pauses take
// no time, and what others do meanwhile is done in them.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "issuing/group_committer.h"
#include "support/printing.h"
#include "support/shop.h"
#include "unit/issuing/committer_trial.h"

namespace dibs::issuing {
namespace {

using base::FailureKind;
using domain::CouponId;
using repository::GroupScope;
using test::a_coupon;
using test::Asking;
using test::StoreStep;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

using namespace std::chrono_literals;

class Conflict : public testing::TestWithParam<FailingStep> {
protected:
    static void meet_next(CommitterTrial& trial, int times = 1) {
        for (int i = 0; i < times; ++i) {
            trial.faults().fail_next(GetParam().step, FailureKind::conflict);
        }
    }
};

INSTANTIATE_TEST_SUITE_P(EveryStep, Conflict,
                         testing::Values(FailingStep{"OpenCoupon", StoreStep::open_coupon},
                                         FailingStep{"Append", StoreStep::append},
                                         FailingStep{"Commit", StoreStep::commit}),
                         [](const testing::TestParamInfo<FailingStep>& tested) {
                             return std::string(tested.param.name);
                         });

TEST_P(Conflict, TheGroupIsDecidedAgainAndNobodyNotices) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(2));
    for (const char* name : {"ann", "bob", "cid"}) trial.join(coupon, Asking(name));
    meet_next(trial, 3);
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "issued", "coupon-sold-out"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("ann", "bob"));
    EXPECT_THAT(trial.desk().calls(), SizeIs(1));
    EXPECT_EQ(trial.retried_conflict(), 3U);
    EXPECT_EQ(trial.groups_in_doubt(), 0U);
    EXPECT_THAT(trial.pause().pauses(), ElementsAre(2ms, 4ms, 8ms));
}

TEST_P(Conflict, WhatOthersTookMeanwhileIsGone) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(2));
    for (const char* name : {"ann", "bob"}) trial.join(coupon, Asking(name));
    trial.pause().meanwhile = [&] {
        test::RepositoryShop(trial.behind().coupons()).ask(coupon, Asking("somebody-elsewhere"));
    };
    meet_next(trial);
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "coupon-sold-out"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("somebody-elsewhere", "ann"));
}

TEST_P(Conflict, WhoGotTheSameCouponElsewhereMeanwhileIsToldWhatTheyHold) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    trial.join(coupon, Asking("ann"));
    trial.join(coupon, Asking("bob", "k-1"));
    trial.pause().meanwhile = [&] {
        test::RepositoryShop shop(trial.behind().coupons());
        shop.ask_together(coupon, {Asking("ann"), Asking("bob", "k-1")});
    };
    meet_next(trial);
    EXPECT_THAT(told(trial.answers()), ElementsAre("coupon-already-registered", "replayed"));
    EXPECT_THAT(trial.kept(coupon), SizeIs(2));
}

TEST_P(Conflict, OneThatDoesNotEndIsSaidAndWritesNothing) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(2));
    for (const char* name : {"ann", "bob"}) trial.join(coupon, Asking(name));
    trial.faults().fail_always(GetParam().step, FailureKind::conflict);
    EXPECT_THAT(told(trial.answers()), Each("conflict"));
    EXPECT_THAT(trial.kept(coupon), IsEmpty());
    EXPECT_THAT(trial.retried_conflict(), AllOf(Ge(3U), Le(20U))) << "often, but not for ever";
    EXPECT_THAT(trial.desk().calls(), SizeIs(1));
}

TEST_P(Conflict, TheNextGroupIsServedAsIfNothingHadHappened) {
    CommitterTrial trial(1, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(2));
    for (const char* name : {"ann", "bob"}) trial.join(coupon, Asking(name));
    meet_next(trial);
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "issued"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("ann", "bob")) << "in their order";
}

TEST_P(Conflict, NobodyIsKeptBeyondTheirDeadlineForIt) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    trial.join(coupon, Asking("ann"), 1h);
    trial.join(coupon, Asking("bob"), 5ms);
    trial.join(coupon, Asking("cid"), 1h);
    // After 2 ms, at 5 ms, which is bob's deadline, and once more.
    meet_next(trial, 4);
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "conflict", "issued"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("ann", "cid"));
    EXPECT_THAT(trial.pause().pauses(), ElementsAre(2ms, 3ms, 8ms, 16ms));
}

TEST_P(Conflict, AGroupOfSeveralCouponsIsDecidedAgainWhole) {
    CommitterTrial trial;
    const CouponId one = trial.offer(a_coupon().with_stock(1));
    const CouponId other = trial.offer(a_coupon().with_stock(1));
    for (const CouponId coupon : {one, other}) {
        trial.join(coupon, Asking("ann"));
        trial.join(coupon, Asking("bob"));
    }
    meet_next(trial);
    EXPECT_THAT(told(trial.answers()),
                ElementsAre("issued", "coupon-sold-out", "issued", "coupon-sold-out"));
}

class RefusedBesideOthers : public testing::TestWithParam<FailingStep> {};

INSTANTIATE_TEST_SUITE_P(AtOnceOrPutOff, RefusedBesideOthers,
                         testing::Values(FailingStep{"Append", StoreStep::append},
                                         FailingStep{"Commit", StoreStep::commit}),
                         [](const testing::TestParamInfo<FailingStep>& tested) {
                             return std::string(tested.param.name);
                         });

TEST_P(RefusedBesideOthers, IsReadAgainBeforeAnybodyIsSuspected) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(2));
    for (const char* name : {"ann", "bob", "cid"}) trial.join(coupon, Asking(name));
    trial.faults().fail_next(GetParam().step, FailureKind::refused);
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "issued", "coupon-sold-out"));
    EXPECT_EQ(trial.faults().calls(StoreStep::open_books), 2);
    EXPECT_EQ(trial.retried_refused(), 1U);
    EXPECT_THAT(trial.desk().calls(), SizeIs(1)) << "the group was not halved";
    EXPECT_THAT(trial.pause().pauses(), IsEmpty());
}

TEST_P(RefusedBesideOthers, TwiceHalvesTheGroupAsEver) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    for (const char* name : {"ann", "bob", "cid", "dan"}) trial.join(coupon, Asking(name));
    for (int i = 0; i < 2; ++i) trial.faults().fail_next(GetParam().step, FailureKind::refused);
    EXPECT_THAT(told(trial.answers()), Each("issued"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("ann", "bob", "cid", "dan"));
    EXPECT_THAT(trial.desk().calls(), SizeIs(2));
}

TEST(GroupCommitterBesideOthers, WhoIsAlwaysRefusedHurtsNobodyElse) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    for (const char* name : {"ann", "bob", "cid", "dan"}) trial.join(coupon, Asking(name));
    trial.faults().refuse(test::user("cid"));
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "issued", "refused", "issued"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("ann", "bob", "dan"));
}

TEST(GroupCommitterAlone, WhoIsRefusedIsNotReadAgain) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    trial.join(coupon, Asking("ann"));
    trial.faults().refuse(test::user("ann"));
    EXPECT_THAT(told(trial.answers()), ElementsAre("refused"));
    EXPECT_EQ(trial.faults().calls(StoreStep::open_books), 1) << "nobody else writes here";
}

TEST(GroupCommitterAlone, ARefusalThatIsPutOffToTheCommitHurtsNobodyElse) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    for (const char* name : {"ann", "bob"}) trial.join(coupon, Asking(name));
    // The whole, and then ann's half.
    for (int i = 0; i < 2; ++i) trial.faults().fail_next(StoreStep::commit, FailureKind::refused);
    EXPECT_THAT(told(trial.answers()), ElementsAre("refused", "issued"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("bob"));
}

}  // namespace
}  // namespace dibs::issuing
