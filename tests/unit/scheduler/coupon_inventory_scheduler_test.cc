// Goal: the fold runs once a day at its time, also when a start came too late, a run was cut off,
// or somebody set the clock; a store that failed is asked again, and of several processes over one
// store one folds. Method: a scheduler over a real store, with a clock that the test sets. The test
// waits for the steps of a fold, not for time to pass; the scheduler itself looks at its clock once
// a second. That something does not happen is seen after the scheduler has been stopped.

#include "scheduler/coupon_inventory_scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/printing.h"
#include "unit/service/compaction_trial.h"

namespace dibs::scheduler {
namespace {

using base::FailureKind;
using domain::CouponId;
using repository::CompactionTrigger;
using service::CompactionTrial;
using test::FoldStep;
using test::kind_of;
using test::must;
using test::noon;
using testing::Contains;
using testing::Not;
using testing::SizeIs;

using namespace std::chrono_literals;

constexpr base::Instant midnight = noon + 12h;  // The end of the day that the tests begin on.
constexpr base::Instant due = midnight + 5min;

class CouponInventorySchedulerTest : public testing::Test {
protected:
    /// A scheduler for 00:05 UTC, over the store as it is now.
    void start() {
        scheduler_.emplace(trial_.service(), daily_, trial_.clock());
        scheduler_->start();
    }
    /// The same without its thread: the test looks in its place, and needn't wait as long as it
    /// would.
    CouponInventoryScheduler& begin_without_thread() {
        scheduler_.emplace(trial_.service(), daily_, trial_.clock());
        scheduler_->begin();
        return *scheduler_;
    }
    /// Waits until the scheduler has looked for what it missed, and is waiting.
    void wait_until_it_has_looked() {
        trial_.compactions().wait_until_done(FoldStep::find_points, 1);
    }
    void wait_until_finished(int runs) {
        trial_.compactions().wait_until_done(FoldStep::finish, runs);
    }
    /// Finishes the run that is under way, or else folds up to `until`, as another process.
    void fold_elsewhere(base::Instant until) {
        metrics::Counter unused;
        metrics::Histogram unused_too(metrics::duration_bounds());
        service::NoRest no_rest;
        service::CompactionService other(trial_.store().compactions(), trial_.clock(),
                                         service::start_of_day,
                                         {.runs_finished = unused,
                                          .runs_failed = unused,
                                          .events_folded = unused,
                                          .step_duration = unused_too},
                                         100, no_rest);
        if (!must(other.finish_unfinished())) {
            must(other.run(until, CompactionTrigger::scheduler));
        }
    }

    CompactionTrial trial_;
    DailyTime daily_ = must(DailyTime::open(5min, "UTC"));
    std::optional<CouponInventoryScheduler> scheduler_;
};

TEST_F(CouponInventorySchedulerTest, FoldsAtItsTimeAndOnce) {
    const CouponId coupon = trial_.coupon_with(3);
    start();
    wait_until_it_has_looked();
    trial_.clock().set(due);
    wait_until_finished(1);
    trial_.clock().set(due + 23h + 59min);
    trial_.coupon_with(3, midnight + 1h);
    trial_.clock().set(due + 24h);
    wait_until_finished(2);
    scheduler_->stop();

    const auto runs = trial_.runs();
    ASSERT_THAT(runs, SizeIs(2)) << "one a day";
    EXPECT_EQ(runs[0].trigger, CompactionTrigger::scheduler);
    EXPECT_EQ(runs[0].until, midnight);
    EXPECT_EQ(runs[0].started_at, due);
    EXPECT_EQ(runs[0].events_in, 4);
    EXPECT_EQ(runs[1].until, midnight + 24h);
    EXPECT_EQ(runs[1].events_in, 4);
    EXPECT_THAT(trial_.live(coupon), SizeIs(1));
}

TEST_F(CouponInventorySchedulerTest, DoesNothingBeforeItsTime) {
    static_cast<void>(trial_.coupon_with(3));
    start();
    wait_until_it_has_looked();
    trial_.clock().set(due - 1us);
    // A request makes it look at once; what it was asked for is all that it does.
    must(trial_.service().request(noon - 12h, CompactionTrigger::operators));
    wait_until_finished(1);
    scheduler_->stop();
    ASSERT_THAT(trial_.runs(), SizeIs(1));
    EXPECT_EQ(trial_.runs()[0].events_in, 0);
}

TEST_F(CouponInventorySchedulerTest, CatchesUpWithATimeThatPassedWhileNobodyWasThere) {
    const CouponId coupon = trial_.coupon_with(3);
    trial_.clock().set(due + 9h);
    begin_without_thread();
    const auto runs = trial_.runs();
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_EQ(runs[0].trigger, CompactionTrigger::catch_up);
    EXPECT_EQ(runs[0].until, midnight);
    EXPECT_EQ(runs[0].events_in, 4);
    EXPECT_THAT(trial_.live(coupon), SizeIs(1));
}

TEST_F(CouponInventorySchedulerTest, StartsNothingWhereNothingWasMissed) {
    static_cast<void>(trial_.coupon_with(3));
    trial_.clock().set(due - 1min);  // After midnight, but today's time has not come.
    start();
    wait_until_it_has_looked();
    scheduler_->stop();
    EXPECT_THAT(trial_.runs(), SizeIs(0));
    EXPECT_THAT(trial_.compactions().calls(), Not(Contains(FoldStep::claim)));
}

TEST_F(CouponInventorySchedulerTest, FinishesARunThatWasCutOffBeforeAnythingElse) {
    const CouponId coupon = trial_.coupon_with(3);
    trial_.compactions().fail_next(FoldStep::replace, FailureKind::unavailable);
    ASSERT_EQ(kind_of(trial_.service().run(noon + 2s, CompactionTrigger::operators)),
              FailureKind::unavailable);
    trial_.restart();
    start();
    wait_until_finished(1);
    scheduler_->stop();
    const auto runs = trial_.runs();
    ASSERT_THAT(runs, SizeIs(1));
    EXPECT_EQ(runs[0].trigger, CompactionTrigger::operators);
    EXPECT_EQ(runs[0].until, noon + 2s);
    EXPECT_TRUE(runs[0].finished_at.has_value());
    EXPECT_THAT(trial_.live(coupon), SizeIs(2));
}

TEST_F(CouponInventorySchedulerTest, DoesWhatIsRequestedWithoutWaitingForItsTime) {
    const CouponId coupon = trial_.coupon_with(3);
    start();
    wait_until_it_has_looked();
    const auto requested = must(trial_.service().request(noon + 1h, CompactionTrigger::operators));
    wait_until_finished(1);
    scheduler_->stop();
    const auto run = must(trial_.service().find_run(requested.run));
    ASSERT_TRUE(run.has_value());
    EXPECT_TRUE(run->finished_at.has_value());
    EXPECT_THAT(trial_.live(coupon), SizeIs(1));
}

TEST_F(CouponInventorySchedulerTest, AClockThatJumpsDaysAheadMeansOneFold) {
    const CouponId coupon = trial_.coupon_with(3);
    start();
    wait_until_it_has_looked();
    trial_.clock().set(due + 5 * 24h);
    wait_until_finished(1);
    // It is at its next time again, and not at one of those that were jumped over.
    trial_.clock().set(due + 6 * 24h);
    wait_until_finished(2);
    scheduler_->stop();
    ASSERT_THAT(trial_.runs(), SizeIs(2));
    EXPECT_EQ(trial_.runs()[0].until, midnight + 5 * 24h);
    EXPECT_EQ(trial_.runs()[0].events_in, 4);
    EXPECT_EQ(trial_.runs()[1].events_in, 0);
    EXPECT_THAT(trial_.live(coupon), SizeIs(1));
}

TEST_F(CouponInventorySchedulerTest, AClockThatIsSetBackFoldsNothingTwiceAndSkipsNoDay) {
    const CouponId coupon = trial_.coupon_with(3);
    start();
    wait_until_it_has_looked();
    trial_.clock().set(due);
    wait_until_finished(1);
    const auto live = trial_.live(coupon);
    trial_.clock().set(due - 24h + 1h);  // A day back.
    // It looks at the clock after each request that it has done: when the second one is done, it
    // has seen the new time.
    for (int run = 2; run <= 3; ++run) {
        must(trial_.service().request(noon - 12h, CompactionTrigger::operators));
        wait_until_finished(run);
    }
    trial_.clock().set(due);  // The same day's time comes once more, and the day is folded.
    for (int run = 4; run <= 5; ++run) {
        must(trial_.service().request(noon - 12h, CompactionTrigger::operators));
        wait_until_finished(run);
    }
    trial_.clock().set(due + 24h);
    wait_until_finished(6);
    scheduler_->stop();
    const auto runs = trial_.runs();
    ASSERT_THAT(runs, SizeIs(6));
    EXPECT_EQ(runs[0].events_in, 4);
    for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_EQ(runs[i].trigger, CompactionTrigger::operators) << i;
        EXPECT_EQ(runs[i].events_in, 0) << i;
    }
    EXPECT_EQ(runs[5].trigger, CompactionTrigger::scheduler);
    EXPECT_EQ(runs[5].events_in, 0);
    EXPECT_EQ(trial_.live(coupon), live);
}

TEST_F(CouponInventorySchedulerTest, StopLeavesARunToTheNextStart) {
    const CouponId coupon = trial_.coupon_with(3);
    trial_.compactions().before(FoldStep::next_portion, [&] { trial_.service().stop(); });
    trial_.clock().set(due + 1h);
    start();
    trial_.compactions().wait_until_done(FoldStep::next_portion, 1);
    scheduler_.reset();
    ASSERT_THAT(trial_.runs(), SizeIs(1));
    EXPECT_FALSE(trial_.runs()[0].finished_at.has_value());
    trial_.restart();
    start();
    wait_until_finished(1);
    scheduler_->stop();
    EXPECT_THAT(trial_.runs(), SizeIs(1));
    EXPECT_THAT(trial_.live(coupon), SizeIs(1));
}

TEST_F(CouponInventorySchedulerTest, StopsAtOnceWhileItWaitsAndOnce) {
    start();
    wait_until_it_has_looked();
    scheduler_->stop();
    scheduler_->stop();
    EXPECT_THAT(trial_.runs(), SizeIs(0));
}

TEST_F(CouponInventorySchedulerTest, GoesOnWithARunWhoseLeaderIsGone) {
    const CouponId coupon = trial_.coupon_with(3);
    trial_.compactions().let_another_lead();
    start();
    wait_until_it_has_looked();
    trial_.clock().set(due);
    trial_.compactions().wait_until_done(FoldStep::lead, 1);
    trial_.compactions().let_another_lead(false);
    // Who asks for a compaction meanwhile gets the run under way, and nobody but this one folds it.
    const auto requested = must(trial_.service().request(noon, CompactionTrigger::operators));
    EXPECT_EQ(requested.trigger, CompactionTrigger::scheduler);
    wait_until_finished(1);
    scheduler_->stop();
    ASSERT_THAT(trial_.runs(), SizeIs(1));
    EXPECT_EQ(trial_.runs()[0].events_in, 4);
    EXPECT_THAT(trial_.live(coupon), SizeIs(1));
}

TEST_F(CouponInventorySchedulerTest, DoesNothingWhereAnotherHasFoldedTheDay) {
    const CouponId coupon = trial_.coupon_with(3);
    start();
    wait_until_it_has_looked();
    fold_elsewhere(midnight);
    trial_.clock().set(due);
    // It looks at the clock after each request that it has done, and after that one only once more.
    for (int run = 1; run <= 2; ++run) {
        must(trial_.service().request(noon - 12h, CompactionTrigger::operators));
        wait_until_finished(run);
    }
    scheduler_->stop();
    const auto runs = trial_.runs();
    ASSERT_THAT(runs, SizeIs(3));
    EXPECT_EQ(runs[0].trigger, CompactionTrigger::scheduler) << "the other's";
    EXPECT_EQ(runs[0].events_in, 4);
    EXPECT_EQ(runs[1].trigger, CompactionTrigger::operators);
    EXPECT_EQ(runs[2].trigger, CompactionTrigger::operators);
    EXPECT_THAT(trial_.live(coupon), SizeIs(1));
}

TEST_F(CouponInventorySchedulerTest, DoesNothingMoreWhereAnotherFinishedTheRun) {
    const CouponId coupon = trial_.coupon_with(3);
    trial_.compactions().let_another_lead();
    trial_.clock().set(due + 1h);
    CouponInventoryScheduler& scheduler = begin_without_thread();
    EXPECT_THAT(trial_.live(coupon), SizeIs(4)) << "another leads";
    fold_elsewhere(midnight);
    EXPECT_EQ(scheduler.patience(), 10s) << "that other is given time to be done";
    scheduler.look(false);
    EXPECT_EQ(scheduler.patience(), 1s) << "nothing is left to do";
    ASSERT_THAT(trial_.runs(), SizeIs(1));
    EXPECT_TRUE(trial_.runs()[0].finished_at.has_value());
    EXPECT_EQ(trial_.runs()[0].events_in, 4);
    EXPECT_EQ(trial_.runs_failed.value(), 0U);
    EXPECT_THAT(trial_.live(coupon), SizeIs(1));
}

TEST_F(CouponInventorySchedulerTest, AsksAStoreThatFailedAgain) {
    const CouponId coupon = trial_.coupon_with(3);
    trial_.compactions().fail_next(FoldStep::claim, FailureKind::unavailable);
    trial_.clock().set(due + 1h);
    CouponInventoryScheduler& scheduler = begin_without_thread();
    ASSERT_THAT(trial_.runs(), SizeIs(0));
    EXPECT_EQ(scheduler.patience(), 10s) << "a store that has failed is left alone for a while";
    scheduler.look(false);
    EXPECT_EQ(scheduler.patience(), 1s);
    ASSERT_THAT(trial_.runs(), SizeIs(1));
    EXPECT_EQ(trial_.runs()[0].trigger, CompactionTrigger::catch_up);
    EXPECT_THAT(trial_.live(coupon), SizeIs(1));
}

}  // namespace
}  // namespace dibs::scheduler
