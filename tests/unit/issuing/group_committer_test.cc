// Goal: many requests cost one commit, nobody hears anything before it, and everybody hears once.
// Method: a committer over a real store whose commits the test can hold. Whoever joins before it
// starts, or while a commit is held, is one group; calls are counted on both sides of the
// committer.

#include "issuing/group_committer.h"

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
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using test::one_tick;
using test::StoreStep;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using namespace std::chrono_literals;

TEST(GroupCommitter, AnswersNobodyBeforeTheCommit) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(10));
    for (std::uint64_t i = 1; i <= 3; ++i) trial.join(coupon, asking(i));
    trial.faults().hold(StoreStep::commit);
    trial.start();
    trial.faults().wait_until_held(StoreStep::commit);
    EXPECT_THAT(trial.desk().calls(), IsEmpty());
    EXPECT_THAT(trial.kept(coupon), IsEmpty());
    trial.faults().let_go(StoreStep::commit);
    EXPECT_THAT(told(trial.desk().wait_for(3)), Each("issued"));
    EXPECT_THAT(trial.kept(coupon), SizeIs(3));
}

TEST(GroupCommitter, CommitsAWholeGroupOnce) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(100));
    for (std::uint64_t i = 1; i <= 50; ++i) trial.join(coupon, asking(i));
    EXPECT_THAT(told(trial.answers()), Each("issued"));
    EXPECT_EQ(trial.faults().calls(StoreStep::open_books), 1);
    EXPECT_EQ(trial.faults().calls(StoreStep::commit), 1);
    EXPECT_EQ(trial.groups_committed(), 1U);
    EXPECT_EQ(trial.group_size().read().sum, 50);
}

TEST(GroupCommitter, KeepsTheOrderOfArrivalAcrossCoupons) {
    CommitterTrial trial;
    const CouponId one = trial.offer(a_coupon().with_stock(3));
    const CouponId other = trial.offer(a_coupon().with_stock(3));
    for (std::uint64_t i = 1; i <= 8; ++i) trial.join(i % 2 == 0 ? other : one, asking(i));
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "issued", "issued", "issued", "issued",
                                                   "issued", "coupon-sold-out", "coupon-sold-out"));
    EXPECT_THAT(users_of(trial.kept(one)), ElementsAre("user-1", "user-3", "user-5"));
    EXPECT_THAT(users_of(trial.kept(other)), ElementsAre("user-2", "user-4", "user-6"));
}

TEST(GroupCommitter, WhoJoinedInTimeIsServedHoweverLongTheLineWas) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().from(noon).to(noon + 1s).with_stock(9));
    trial.clock().set(noon - one_tick);
    trial.join(coupon, Asking("ann"));
    trial.clock().set(noon);
    trial.join(coupon, Asking("bob"));
    trial.clock().set(noon + 1s);
    trial.join(coupon, Asking("cid"));
    trial.clock().set(noon + 1s + one_tick);
    trial.join(coupon, Asking("dan"));
    trial.clock().set(noon + 24h);
    EXPECT_THAT(told(trial.answers()),
                ElementsAre("coupon-not-started", "issued", "issued", "coupon-ended"));
    const auto kept = trial.kept(coupon);
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].registered_at, noon);
    EXPECT_EQ(kept[1].registered_at, noon + 1s);
}

TEST(GroupCommitter, GathersTheNextGroupWhileACommitIsUnderWay) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(100));
    trial.faults().hold(StoreStep::commit);
    trial.join(coupon, asking(1));
    trial.start();
    trial.faults().wait_until_held(StoreStep::commit);
    for (std::uint64_t i = 2; i <= 41; ++i) trial.join(coupon, asking(i));
    trial.faults().let_go(StoreStep::commit);
    EXPECT_THAT(told(trial.desk().wait_for(41)), Each("issued"));
    EXPECT_EQ(trial.faults().calls(StoreStep::commit), 2);
    const auto calls = trial.desk().calls();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(calls[0].size(), 1U);
    EXPECT_EQ(calls[1].size(), 40U);
}

TEST(GroupCommitter, TakesNoMoreAtOnceThanItMay) {
    CommitterTrial trial(10);
    const CouponId coupon = trial.offer(a_coupon().with_stock(100));
    for (std::uint64_t i = 1; i <= 25; ++i) trial.join(coupon, asking(i));
    EXPECT_THAT(told(trial.answers()), Each("issued"));
    const auto calls = trial.desk().calls();
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_EQ(calls[0].size(), 10U);
    EXPECT_EQ(calls[1].size(), 10U);
    EXPECT_EQ(calls[2].size(), 5U);
    EXPECT_EQ(trial.groups_committed(), 3U);
}

TEST(GroupCommitter, CallsEachDeskOncePerGroup) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(3));
    test::CollectingDesk left;
    test::CollectingDesk right;
    for (std::uint64_t i = 1; i <= 6; ++i) {
        trial.join_at(i % 2 == 0 ? right : left, coupon, asking(i));
    }
    trial.start();
    trial.stop();
    ASSERT_EQ(left.calls().size(), 1U);
    ASSERT_EQ(right.calls().size(), 1U);
    const auto of_left = left.wait_for(3);
    const auto of_right = right.wait_for(3);
    EXPECT_EQ(told(of_left.at(1)), "issued");
    EXPECT_EQ(told(of_left.at(5)), "coupon-sold-out");
    EXPECT_EQ(told(of_right.at(2)), "issued");
    EXPECT_EQ(told(of_right.at(6)), "coupon-sold-out");
}

TEST(GroupCommitter, CommitsNothingWhereNothingWasIssued) {
    CommitterTrial trial;
    const CouponId empty = trial.offer(a_coupon());
    trial.join(empty, Asking("ann"));
    trial.join(CouponId{999}, Asking("ann"));
    EXPECT_THAT(told(trial.answers()), ElementsAre("coupon-sold-out", "coupon-not-found"));
    EXPECT_EQ(trial.faults().calls(StoreStep::commit), 0);
    EXPECT_EQ(trial.groups_committed(), 0U);
    EXPECT_EQ(trial.group_size().read().sum, 2);
}

TEST(GroupCommitter, TurnsAwayWhoHasWaitedTooLongAndWritesNothingForThem) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    trial.join(coupon, Asking("ann"), 100ms);
    trial.join(coupon, Asking("bob"), 101ms);
    trial.join(coupon, Asking("cid"), 100ms);
    trial.clock().advance(100ms);  // At the deadline it is past.
    EXPECT_THAT(told(trial.answers()), ElementsAre("expired", "issued", "expired"));
    EXPECT_THAT(users_of(trial.kept(coupon)), ElementsAre("bob"));
}

TEST(GroupCommitter, OpensNoBooksForAGroupThatHasWaitedTooLong) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    for (std::uint64_t i = 1; i <= 4; ++i) trial.join(coupon, asking(i), 1ms);
    trial.clock().advance(1s);
    EXPECT_THAT(told(trial.answers()), Each("expired"));
    EXPECT_EQ(trial.faults().calls(StoreStep::open_books), 0);
    EXPECT_THAT(trial.desk().calls(), SizeIs(1));
}

TEST(GroupCommitter, NoDeadlineEndsAGroupThatWasBegun) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    trial.join(coupon, Asking("ann"), 100ms);
    trial.faults().hold(StoreStep::commit);
    trial.start();
    trial.faults().wait_until_held(StoreStep::commit);
    trial.clock().advance(1h);
    trial.faults().let_go(StoreStep::commit);
    EXPECT_THAT(told(trial.desk().wait_for(1)), ElementsAre("issued"));
}

TEST(GroupCommitter, AReplayShowsTheTermsOfTheFirstAnswer) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().named("Lunch").with_stock(9));
    trial.start();
    trial.join(coupon, Asking("ann", "k-1"));
    ASSERT_THAT(told(trial.desk().wait_for(1)), ElementsAre("issued"));
    domain::CouponPatch renamed;
    renamed.name = "Dinner";
    must(trial.behind().coupons().patch(
        coupon, renamed, [](const auto&) { return base::Result<void>(); }, noon));
    trial.join(coupon, Asking("ann", "k-1"));
    trial.join(coupon, Asking("bob"));
    const auto answers = trial.desk().wait_for(3);
    EXPECT_EQ(answers.at(2)->outcome, IssueOutcome::replayed);
    EXPECT_EQ(answers.at(2)->registered, answers.at(1)->registered);
    EXPECT_EQ(answers.at(2)->terms->name, "Lunch");
    EXPECT_EQ(answers.at(3)->terms->name, "Dinner");
}

TEST(GroupCommitter, AReplayWhoseFirstTermsCannotBeReadShowsTodays) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().named("Lunch").with_stock(9));
    trial.join(coupon, Asking("ann", "k-1"));
    trial.join(coupon, Asking("ann", "k-1"));
    trial.faults().fail_next(StoreStep::terms_at, base::FailureKind::unavailable);
    const auto answers = trial.answers();
    EXPECT_EQ(told(answers.at(2)), "replayed");
    ASSERT_NE(answers.at(2)->terms, nullptr);
    EXPECT_EQ(answers.at(2)->terms->name, "Lunch");
}

TEST(GroupCommitter, StopAnswersEverybodyWhoWaits) {
    CommitterTrial trial(64);
    const CouponId coupon = trial.offer(a_coupon().with_stock(500));
    for (std::uint64_t i = 1; i <= 1'000; ++i) trial.join(coupon, asking(i));
    const auto answers = trial.answers();
    ASSERT_EQ(answers.size(), 1'000U);
    for (std::uint64_t i = 1; i <= 1'000; ++i) {
        ASSERT_EQ(told(answers.at(i)), i <= 500 ? "issued" : "coupon-sold-out") << i;
    }
}

TEST(GroupCommitter, ClosesTheLatchAfterSomebodyWasRefused) {
    CommitterTrial trial;
    const CouponId coupon = trial.offer(a_coupon().with_stock(1));
    trial.join(coupon, Asking("ann"));
    trial.join(coupon, Asking("bob"));
    static_cast<void>(trial.answers());  // Stops the workers, too: what they were given is done.
    EXPECT_TRUE(trial.latch().turns_away(coupon, test::user("bob")));
    EXPECT_FALSE(trial.latch().turns_away(coupon, test::user("ann")));
}

TEST(GroupCommitter, AStoreThatCannotBeTidiedStillIssues) {
    CommitterTrial trial(1);
    const CouponId coupon = trial.offer(a_coupon().with_stock(9));
    trial.faults().fail_next(StoreStep::tidy, base::FailureKind::unavailable);
    trial.join(coupon, Asking("ann"));
    trial.join(coupon, Asking("bob"));
    EXPECT_THAT(told(trial.answers()), ElementsAre("issued", "issued"));
}

TEST(GroupCommitter, CopiesTheLogInALullAndNotBetweenGroups) {
    CommitterTrial trial(2);
    const CouponId coupon = trial.offer(a_coupon().with_stock(1'000));
    int count = 0;
    const auto serve = [&](int together) {
        for (int i = 0; i < together; ++i) {
            trial.join(coupon, Asking(fmt::format("user-{}", ++count)));
        }
        ASSERT_TRUE(trial.committer().serve_next());
    };
    const auto copies = [&] { return trial.behind().facts().checkpoint_count; };
    // Each group adds six pages to the log at least: together more than is kept in a lull.
    for (int group = 0; group < 300; ++group) serve(2);
    EXPECT_EQ(copies(), 0U);
    serve(1);
    EXPECT_EQ(copies(), 0U) << "it came alone, but right behind the others";
    trial.clock().advance(1s);
    serve(2);
    trial.clock().advance(1s);
    EXPECT_EQ(copies(), 0U) << "two at once may be followed by more";
    serve(1);
    EXPECT_EQ(copies(), 1U);
}

TEST(GroupCommitter, ACrowdFromManyThreadsIsServedInTheOrderInWhichEachCame) {
    constexpr std::uint64_t threads = 6;
    constexpr std::uint64_t per_thread = 100;
    CommitterTrial trial(32);
    const CouponId coupon = trial.offer(a_coupon().limit(1'000).with_stock(400));
    std::vector<test::CollectingDesk> desks(threads);
    WaitingLine& line = trial.line();
    trial.start();
    std::vector<std::thread> askers;
    for (std::uint64_t thread = 0; thread < threads; ++thread) {
        askers.emplace_back([&, thread] {
            for (std::uint64_t i = 0; i < per_thread; ++i) {
                EXPECT_EQ(line.join({.coupon_id = coupon,
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

    std::vector<std::int64_t> ranks;
    for (test::CollectingDesk& desk : desks) {
        std::int64_t last_rank = 0;
        bool was_refused = false;
        for (const auto& [ticket, result] : desk.wait_for(per_thread)) {
            if (result->outcome == IssueOutcome::sold_out) {
                was_refused = true;
                continue;
            }
            ASSERT_EQ(result->outcome, IssueOutcome::issued);
            EXPECT_FALSE(was_refused) << "who came later got one all the same";
            EXPECT_GT(result->registered.front().rank, last_rank);
            last_rank = result->registered.front().rank;
            ranks.push_back(last_rank);
        }
    }
    std::ranges::sort(ranks);
    ASSERT_EQ(ranks.size(), 400U);
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        EXPECT_EQ(ranks[i], static_cast<std::int64_t>(i + 1));
    }
    EXPECT_EQ(trial.balance(coupon).stock, 0);
}

TEST(GroupCommitter, ServesAGroupOnTheThreadOfWhoeverAsksItTo) {
    CommitterTrial trial(2);
    const CouponId coupon = trial.offer(a_coupon().with_stock(2));
    for (std::uint64_t i = 1; i <= 3; ++i) trial.join(coupon, asking(i));
    trial.line().close();
    EXPECT_TRUE(trial.committer().serve_next());
    EXPECT_THAT(told(trial.desk().wait_for(2)), Each("issued"));
    EXPECT_TRUE(trial.committer().serve_next());
    EXPECT_THAT(told(trial.desk().wait_for(3)), ElementsAre("issued", "issued", "coupon-sold-out"));
    EXPECT_FALSE(trial.committer().serve_next());
}

}  // namespace
}  // namespace dibs::issuing
