// Goal: after a commit whose fate is not known, everybody is told what the store really has; only
// where even that can't be found out is the outcome unknown, and asking again is safe then.
// Method: the two fates are ordered one by one: the commit is made and reported as in doubt, or not
// made and reported the same. The committer can't tell them apart; the test can.

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
using test::must;
using test::noon;
using test::StoreStep;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

/// What really became of a commit that was reported as in doubt.
enum class Fate : std::uint8_t { lost, kept };

class InDoubt : public testing::TestWithParam<Fate> {
protected:
    /// The next commit ends in doubt, with the fate that this test is about.
    static void doubt_next_commit(CommitterTrial& trial) {
        if (GetParam() == Fate::kept) {
            trial.faults().do_and_fail_next(StoreStep::commit, FailureKind::in_doubt);
        } else {
            trial.faults().fail_next(StoreStep::commit, FailureKind::in_doubt);
        }
    }
};

INSTANTIATE_TEST_SUITE_P(EitherWay, InDoubt, testing::Values(Fate::lost, Fate::kept),
                         [](const testing::TestParamInfo<Fate>& tested) {
                             return tested.param == Fate::lost ? "Lost" : "Kept";
                         });

TEST(WhereOthersWrite, NobodyIsToldWhatTheyHoldBeforeACommit) {
    for (const GroupScope scope : {GroupScope::one_coupon, GroupScope::all_coupons}) {
        CommitterTrial trial(256, scope);
        const CouponId coupon = trial.offer(a_coupon().with_stock(3));
        test::RepositoryShop(trial.behind().coupons()).ask(coupon, Asking("ann"));
        trial.join(coupon, Asking("ann"));
        EXPECT_THAT(told(trial.answers()), ElementsAre("coupon-already-registered"));
        EXPECT_EQ(trial.faults().calls(StoreStep::commit), scope == GroupScope::one_coupon ? 1 : 0);
    }
}

TEST_P(InDoubt, EverybodyIsToldWhatTheStoreHas) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(3));
    for (const char* name : {"ann", "bob", "cid", "dan"}) trial.join(coupon, Asking(name));
    doubt_next_commit(trial);
    const auto answers = trial.answers();
    EXPECT_THAT(told(answers), ElementsAre("issued", "issued", "issued", "coupon-sold-out"));
    const auto kept = trial.kept(coupon);
    ASSERT_THAT(users_of(kept), ElementsAre("ann", "bob", "cid"));
    for (std::uint64_t ticket = 1; ticket <= 3; ++ticket) {
        EXPECT_THAT(answers.at(ticket)->registered, ElementsAre(kept[ticket - 1]));
        ASSERT_NE(answers.at(ticket)->terms, nullptr);
    }
    EXPECT_EQ(trial.balance(coupon), (domain::Balance{domain::Sequence{4}, 0, 3}));
    EXPECT_EQ(trial.groups_in_doubt(), 1U);
    // What was kept is found, not written a second time; what was lost is. Either way a commit that
    // succeeds comes before anybody is told.
    EXPECT_EQ(trial.faults().calls(StoreStep::append), GetParam() == Fate::kept ? 1 : 2);
    EXPECT_EQ(trial.faults().calls(StoreStep::commit), 2);
    EXPECT_THAT(trial.desk().calls(), SizeIs(1));
}

TEST_P(InDoubt, NobodyIsAnsweredBeforeTheLook) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(3));
    trial.join(coupon, Asking("ann"));
    doubt_next_commit(trial);
    trial.faults().hold(StoreStep::commit);
    trial.start();
    trial.faults().wait_until_held(StoreStep::commit);
    trial.faults().hold(StoreStep::open_books);
    trial.faults().let_go(StoreStep::commit);
    trial.faults().wait_until_held(StoreStep::open_books);
    EXPECT_THAT(trial.desk().calls(), IsEmpty());
    trial.faults().let_go(StoreStep::open_books);
    EXPECT_THAT(told(trial.desk().wait_for(1)), ElementsAre("issued"));
}

TEST_P(InDoubt, WhoAskedTwiceIsToldTwiceWhatIsTrue) {
    CommitterTrial trial;
    const CouponId single = trial.offer(a_coupon().with_stock(9));
    const CouponId twice = trial.offer(a_coupon().limit(2).with_stock(9));
    trial.join(single, Asking("ann"));
    trial.join(single, Asking("ann"));
    trial.join(twice, Asking("ann", "k-1"));
    trial.join(twice, Asking("ann", "k-1"));
    trial.join(twice, Asking("ann", "k-2"));
    trial.join(twice, Asking("ann", "k-3"));
    doubt_next_commit(trial);
    const auto answers = trial.answers();
    EXPECT_THAT(told(answers), ElementsAre("issued", "coupon-already-registered", "issued",
                                           "replayed", "issued", "coupon-already-registered"));
    EXPECT_EQ(answers.at(3)->registered, answers.at(4)->registered);
    EXPECT_THAT(trial.kept(single), SizeIs(1));
    EXPECT_THAT(trial.kept(twice), SizeIs(2));
}

TEST_P(InDoubt, TheStoreIsAskedAgainUntilItAnswers) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(2));
    for (const char* name : {"ann", "bob", "cid"}) trial.join(coupon, Asking(name));
    doubt_next_commit(trial);
    trial.faults().let_next_pass(StoreStep::open_books);
    for (int look = 0; look < 9; ++look) {
        trial.faults().fail_next(StoreStep::open_books, FailureKind::unavailable);
    }
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "issued", "coupon-sold-out"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("ann", "bob"));
    EXPECT_THAT(trial.desk().calls(), SizeIs(1)) << "nobody hears anything before the look";
    EXPECT_EQ(trial.groups_in_doubt(), 1U);
    EXPECT_EQ(trial.retried_in_doubt(), 10U);
    // At once, then after ever longer pauses.
    EXPECT_THAT(trial.pause().pauses(),
                ElementsAre(20ms, 40ms, 80ms, 160ms, 320ms, 500ms, 500ms, 500ms, 500ms));
}

TEST_P(InDoubt, WithoutALookTheOutcomeIsUnknownAndAskingAgainIsSafe) {
    for (const GroupScope scope : {GroupScope::all_coupons, GroupScope::one_coupon}) {
        CommitterTrial trial(256, scope);
        const CouponId coupon = trial.offer(a_coupon().with_stock(3));
        trial.join(coupon, Asking("ann"), 5s);
        trial.join(coupon, Asking("bob", "k-1"), 5s);
        doubt_next_commit(trial);
        trial.faults().let_next_pass(StoreStep::open_books);
        trial.faults().fail_always(StoreStep::open_books, FailureKind::unavailable);
        const base::SteadyInstant begun_at = trial.clock().steady_now();
        trial.start();
        EXPECT_THAT(told(trial.desk().wait_for(2)), ElementsAre("in-doubt", "in-doubt"));
        EXPECT_THAT(trial.desk().calls(), SizeIs(1));
        // A server is waited for as long as they may wait, and no longer.
        EXPECT_EQ(trial.clock().steady_now() - begun_at, scope == GroupScope::one_coupon ? 5s : 0s);
        trial.faults().recover(StoreStep::open_books);

        trial.join(coupon, Asking("ann"));
        trial.join(coupon, Asking("bob", "k-1"));
        const auto answers = trial.desk().wait_for(4);
        const bool was_kept = GetParam() == Fate::kept;
        EXPECT_EQ(told(answers.at(3)), was_kept ? "coupon-already-registered" : "issued");
        EXPECT_EQ(told(answers.at(4)), was_kept ? "replayed" : "issued");
        EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("ann", "bob"));
        EXPECT_EQ(trial.balance(coupon).stock, 1);
    }
}

TEST_P(InDoubt, EachWaitsForTheLookUntilTheirOwnDeadline) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(3));
    trial.join(coupon, Asking("ann"), 10s);
    trial.join(coupon, Asking("bob"), 100ms);
    trial.join(coupon, Asking("cid"), 10s);
    doubt_next_commit(trial);
    trial.faults().let_next_pass(StoreStep::open_books);
    // At once, after 20, after 60 and at 100 ms, which is bob's deadline; then once more.
    for (int look = 0; look < 5; ++look) {
        trial.faults().fail_next(StoreStep::open_books, FailureKind::unavailable);
    }
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "in-doubt", "issued"));
    const auto calls = trial.desk().calls();
    ASSERT_THAT(calls, SizeIs(2));
    EXPECT_THAT(calls[0], SizeIs(1));
    const std::vector<std::string> kept = users_of(trial.kept(coupon));
    if (GetParam() == Fate::kept) {
        EXPECT_THAT(kept, ElementsAre("ann", "bob", "cid"));
    } else {
        EXPECT_THAT(kept, ElementsAre("ann", "cid"));
    }
}

TEST_P(InDoubt, WhoWasNotDecidedToGetOneIsNotInDoubt) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(1));
    trial.join(coupon, Asking("ann"), 1s);
    trial.join(coupon, Asking("bob"), 1s);
    doubt_next_commit(trial);
    trial.faults().let_next_pass(StoreStep::open_books);
    trial.faults().fail_always(StoreStep::open_books, FailureKind::unavailable);
    EXPECT_THAT(told(trial.answers()), ElementsAre("in-doubt", "unavailable"));
}

TEST_P(InDoubt, ALookThatCannotReadTheCouponIsNoLook) {
    for (const FailureKind kind :
         {FailureKind::unavailable, FailureKind::conflict, FailureKind::corrupted}) {
        CommitterTrial trial(256, GroupScope::one_coupon);
        const CouponId coupon = trial.offer(a_coupon().with_stock(3));
        trial.join(coupon, Asking("ann"), 1s);
        doubt_next_commit(trial);
        trial.faults().let_next_pass(StoreStep::open_coupon);
        trial.faults().fail_always(StoreStep::open_coupon, kind);
        EXPECT_THAT(told(trial.answers()), ElementsAre("in-doubt")) << name_of(kind);
    }
}

TEST_P(InDoubt, ASecondDoubtIsLookedUpAsWell) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(3));
    trial.join(coupon, Asking("ann"));
    trial.faults().fail_next(StoreStep::commit, FailureKind::in_doubt);
    doubt_next_commit(trial);
    const auto answers = trial.answers();
    EXPECT_THAT(told(answers), ElementsAre("issued"));
    EXPECT_THAT(answers.at(1)->registered, trial.kept(coupon));
    EXPECT_EQ(trial.groups_in_doubt(), 2U);
}

TEST_P(InDoubt, ASecondDoubtOfAnEmbeddedStoreLeavesTheOutcomeUnknown) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(3));
    trial.join(coupon, Asking("ann"));
    trial.faults().fail_next(StoreStep::commit, FailureKind::in_doubt);
    doubt_next_commit(trial);
    EXPECT_THAT(told(trial.answers()), ElementsAre("in-doubt"));
    EXPECT_THAT(trial.kept(coupon), SizeIs(GetParam() == Fate::kept ? 1 : 0));
    EXPECT_THAT(trial.pause().pauses(), IsEmpty()) << "all coupons would wait for it";
}

TEST_P(InDoubt, ALookThatBreaksOffClearsWhoseCouponItHasRead) {
    CommitterTrial trial;
    const CouponId one = trial.offer(a_coupon().with_stock(3));
    const CouponId other = trial.offer(a_coupon().with_stock(3));
    trial.join(one, Asking("ann"));
    trial.join(other, Asking("bob"));
    doubt_next_commit(trial);
    for (int open = 0; open < 3; ++open) trial.faults().let_next_pass(StoreStep::open_coupon);
    trial.faults().fail_next(StoreStep::open_coupon, FailureKind::unavailable);
    // Where ann's was seen not to be there, it is known that nothing of hers was written.
    EXPECT_THAT(told(trial.answers()),
                ElementsAre(GetParam() == Fate::kept ? "in-doubt" : "unavailable", "in-doubt"));
    EXPECT_THAT(trial.kept(one), SizeIs(GetParam() == Fate::kept ? 1 : 0));
}

// What a server shows that can't commit need not be what the one that replaces it has.
TEST_P(InDoubt, ALookThatIsNotCommittedSettlesNothingWhereOthersWrite) {
    CommitterTrial trial(256, GroupScope::one_coupon);
    const CouponId coupon = trial.offer(a_coupon().with_stock(3));
    trial.join(coupon, Asking("ann"), 1s);
    doubt_next_commit(trial);
    trial.faults().fail_always(StoreStep::commit, FailureKind::unavailable);
    EXPECT_THAT(told(trial.answers()), ElementsAre("in-doubt"));
}

TEST_P(InDoubt, WhoIsRefusedInTheLookHurtsNobodyElse) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    for (const char* name : {"ann", "bob", "cid"}) trial.join(coupon, Asking(name));
    doubt_next_commit(trial);
    trial.faults().hold(StoreStep::commit);
    trial.start();
    trial.faults().wait_until_held(StoreStep::commit);
    trial.faults().refuse(test::user("bob"));
    trial.faults().let_go(StoreStep::commit);
    const bool was_kept = GetParam() == Fate::kept;
    EXPECT_THAT(told(trial.desk().wait_for(3)),
                ElementsAre("issued", was_kept ? "issued" : "refused", "issued"));
    EXPECT_THAT(trial.kept(coupon), SizeIs(was_kept ? 3 : 2));
}

TEST_P(InDoubt, WhoCameMeanwhileIsServedAfterwards) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(2));
    trial.join(coupon, Asking("ann"));
    doubt_next_commit(trial);
    trial.faults().hold(StoreStep::commit);
    trial.start();
    trial.faults().wait_until_held(StoreStep::commit);
    trial.join(coupon, Asking("bob"));
    trial.join(coupon, Asking("cid"));
    trial.faults().let_go(StoreStep::commit);
    EXPECT_THAT(told(trial.desk().wait_for(3)), ElementsAre("issued", "issued", "coupon-sold-out"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("ann", "bob"));
}

TEST_P(InDoubt, TheLookSeesWhatAnOperatorDidMeanwhile) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(1));
    trial.join(coupon, Asking("ann"));
    doubt_next_commit(trial);
    trial.faults().hold(StoreStep::commit);
    trial.start();
    trial.faults().wait_until_held(StoreStep::commit);
    trial.faults().hold(StoreStep::open_books);
    trial.faults().let_go(StoreStep::commit);
    trial.faults().wait_until_held(StoreStep::open_books);
    const bool was_kept = GetParam() == Fate::kept;
    // Where ann's was lost there is still one to take off the shelf; where it was kept there isn't.
    const auto change = must(trial.behind().coupons().change_stock(
        coupon, domain::InventoryKind::adjusted, -1, "", noon));
    EXPECT_EQ(change.outcome, was_kept ? repository::StockChange::Outcome::below_zero
                                       : repository::StockChange::Outcome::appended);
    trial.faults().let_go(StoreStep::open_books);
    EXPECT_THAT(told(trial.desk().wait_for(1)),
                ElementsAre(was_kept ? "issued" : "coupon-sold-out"));
    EXPECT_THAT(trial.kept(coupon), SizeIs(was_kept ? 1 : 0));
}

TEST_P(InDoubt, WhoIsFoundIsShownTheTermsThatWillBeShownAgain) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().named("Tea").with_stock(1));
    trial.join(coupon, Asking("ann", "key-1"));
    doubt_next_commit(trial);
    trial.faults().hold(StoreStep::commit);
    trial.start();
    trial.faults().wait_until_held(StoreStep::commit);
    trial.faults().hold(StoreStep::open_books);
    trial.faults().let_go(StoreStep::commit);
    trial.faults().wait_until_held(StoreStep::open_books);
    domain::CouponPatch patch;
    patch.name = "Green tea";
    must(trial.behind().coupons().patch(
        coupon, patch, [](const domain::CouponTerms&) { return base::Result<void>(); }, noon));
    trial.faults().let_go(StoreStep::open_books);
    static_cast<void>(trial.desk().wait_for(1));
    trial.join(coupon, Asking("ann", "key-1"));
    const auto answers = trial.desk().wait_for(2);
    const std::string first = answers.at(1)->terms->name;
    EXPECT_EQ(first, GetParam() == Fate::kept ? "Tea" : "Green tea");
    EXPECT_EQ(answers.at(2)->terms->name, first);
}

TEST_P(InDoubt, AGroupOfSeveralCouponsIsLookedUpWhole) {
    CommitterTrial trial;
    std::vector<CouponId> coupons;
    for (int i = 0; i < 4; ++i) coupons.push_back(trial.offer(a_coupon().with_stock(5)));
    for (int user = 0; user < 5; ++user) {
        for (const CouponId coupon : coupons) {
            trial.join(coupon, Asking(fmt::format("user-{}", user)));
        }
    }
    doubt_next_commit(trial);
    EXPECT_THAT(told(trial.answers()), Each("issued"));
    for (const CouponId coupon : coupons) {
        EXPECT_THAT(users_of(trial.kept(coupon)),
                    ElementsAre("user-0", "user-1", "user-2", "user-3", "user-4"));
        EXPECT_EQ(trial.balance(coupon).stock, 0);
    }
}

TEST(InDoubtAtTheEnd, NoLookIsWaitedForOnceTheServiceStops) {
    test::TemporaryDirectory directory;
    const auto store = test::open_faulty_store(directory.file("dibs.db"));
    const base::SystemClock clock;
    metrics::Registry registry;
    base::Workers workers("office", 1, 10);
    SoldOutLatch latch(store->coupons(), workers);
    WaitingLine line(10, clock, GroupScope::one_coupon);
    RandomPause pause;
    store->hold_one_coupon_per_group();
    GroupCommitter committer(
        {.line = line, .store = *store, .latch = latch, .clock = clock, .pause = pause},
        counted_in(registry), 10, "committer");
    const CouponId coupon =
        must(store->behind().coupons().create(
                 a_coupon().with_stock(1).from(clock.now()).to(clock.now() + 1h).create(),
                 clock.now()))
            .terms()
            .id;
    test::CollectingDesk desk;
    ASSERT_EQ(line.join({.coupon_id = coupon,
                         .user_id = test::user("ann"),
                         .idempotency_key = std::nullopt,
                         .deadline = clock.steady_now() + 1h,
                         .desk = &desk,
                         .ticket = 1}),
              WaitingLine::Admission::joined);
    store->faults().fail_next(StoreStep::commit, FailureKind::in_doubt);
    store->faults().let_next_pass(StoreStep::open_books);
    store->faults().fail_always(StoreStep::open_books, FailureKind::unavailable);
    committer.start();
    // The commit, the first look, and one after a pause: it would go on for an hour.
    store->faults().wait_until_called(StoreStep::open_books, 3);
    line.close();
    committer.stop();
    EXPECT_THAT(told(desk.wait_for(1)), ElementsAre("in-doubt"));
}

}  // namespace
}  // namespace dibs::issuing
