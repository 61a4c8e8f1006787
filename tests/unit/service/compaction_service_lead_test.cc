// Goal: of several processes over one store one folds; the others stop at once, fail at nothing,
// and go on where it left off when it is gone.
// Method: a real store whose answer to who leads the test decides, and a clock that stands still
// but where the test moves it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "service/compaction_service.h"
#include "support/printing.h"
#include "unit/service/compaction_trial.h"

namespace dibs::service {
namespace {

using base::FailureKind;
using domain::CouponId;
using repository::CompactionRepository;
using repository::CompactionTrigger;
using test::FoldStep;
using test::kind_of;
using test::must;
using test::noon;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

using namespace std::chrono_literals;

std::ptrdiff_t count_of(FoldStep step, CompactionTrial& trial) {
    return std::ranges::count(trial.compactions().calls(), step);
}

TEST(CompactionServiceLead, WhereAnotherLeadsItStopsBeforeItTouchesAnything) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(3);
    trial.compactions().let_another_lead();
    const auto run = trial.service().run(noon + 1h, CompactionTrigger::scheduler);
    ASSERT_EQ(kind_of(run), FailureKind::conflict);
    EXPECT_EQ(run.failure().what, "another process leads compaction 1");
    EXPECT_EQ(kind_of(trial.service().finish_unfinished()), FailureKind::conflict);
    EXPECT_THAT(trial.compactions().calls(),
                ElementsAre(FoldStep::find_unfinished, FoldStep::claim, FoldStep::lead,
                            FoldStep::find_unfinished, FoldStep::lead));
    EXPECT_THAT(trial.live(coupon), SizeIs(4));
    ASSERT_THAT(trial.runs(), SizeIs(1)) << "it is the other's to finish";
    EXPECT_FALSE(trial.runs()[0].finished_at.has_value());
}

TEST(CompactionServiceLead, ThatAnotherLeadsIsNoFailureAndIsLoggedOnceARun) {
    CompactionTrial trial;
    trial.compactions().let_another_lead();
    testing::internal::CaptureStdout();
    for (int look = 0; look < 3; ++look) {
        EXPECT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::scheduler)),
                  FailureKind::conflict);
    }
    const std::string log = testing::internal::GetCapturedStdout();
    EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
    EXPECT_THAT(log, HasSubstr("\"event\":\"compaction-left-to-another\",\"run\":1"));
    EXPECT_EQ(trial.runs_failed.value(), 0U);
    EXPECT_EQ(trial.runs_finished.value(), 0U);
}

TEST(CompactionServiceLead, WhenTheOtherIsGoneItGoesOnWithTheRun) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(3);
    trial.compactions().let_another_lead();
    ASSERT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::scheduler)),
              FailureKind::conflict);
    trial.compactions().let_another_lead(false);
    const auto finished = must(trial.service().finish_unfinished());
    ASSERT_TRUE(finished.has_value());
    EXPECT_EQ(finished->events_in, 4);
    EXPECT_THAT(trial.live(coupon), SizeIs(1));
}

TEST(CompactionServiceLead, WhoLosesItStopsBeforeTheNextStep) {
    CompactionTrial trial(5);
    const CouponId coupon = trial.coupon_with(20);
    trial.compactions().before(FoldStep::replace, [&] {
        trial.clock().advance(CompactionRepository::lead_time);
        trial.compactions().let_another_lead();
    });
    EXPECT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::scheduler)),
              FailureKind::conflict);
    EXPECT_THAT(trial.compactions().replaced(), ElementsAre(5));
    EXPECT_THAT(trial.live(coupon), SizeIs(17)) << "what it folded stays folded";
    EXPECT_EQ(trial.runs_failed.value(), 0U);
}

TEST(CompactionServiceLead, WhoLosesItInTheLastStepDoesNotFinish) {
    CompactionTrial trial;
    static_cast<void>(trial.coupon_with(3));
    trial.compactions().before(FoldStep::replace, [&] {
        trial.clock().advance(CompactionRepository::lead_time);
        trial.compactions().let_another_lead();
    });
    EXPECT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::scheduler)),
              FailureKind::conflict);
    EXPECT_THAT(trial.compactions().calls(), Not(Contains(FoldStep::finish)));
}

TEST(CompactionServiceLead, WhoLosesItWhileFreezingWritesNoMorePoints) {
    CompactionTrial trial;
    static_cast<void>(trial.coupon_with(3));
    trial.compactions().before(FoldStep::add_points, [&] {
        trial.clock().advance(CompactionRepository::lead_time);
        trial.compactions().let_another_lead();
    });
    EXPECT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::scheduler)),
              FailureKind::conflict);
    EXPECT_EQ(count_of(FoldStep::add_points, trial), 1);
    EXPECT_THAT(trial.compactions().calls(), Not(Contains(FoldStep::freeze)));
}

TEST(CompactionServiceLead, AStepThatTheStoreRefusesToAnExLeaderIsNoFailureEither) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(3);
    trial.compactions().fail_next(FoldStep::replace, FailureKind::conflict);
    EXPECT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::scheduler)),
              FailureKind::conflict);
    EXPECT_EQ(trial.runs_failed.value(), 0U);
    must(trial.service().finish_unfinished());
    EXPECT_THAT(trial.live(coupon), SizeIs(1));
}

TEST(CompactionServiceLead, QuickStepsShareOneQuestion) {
    CompactionTrial trial(1);
    static_cast<void>(trial.coupon_with(20));
    must(trial.service().run(noon + 1h, CompactionTrigger::scheduler));
    EXPECT_EQ(count_of(FoldStep::replace, trial), 21);
    EXPECT_EQ(count_of(FoldStep::lead, trial), 1);
}

TEST(CompactionServiceLead, SlowStepsKeepItWellWithinItsTime) {
    CompactionTrial trial(1);
    static_cast<void>(trial.coupon_with(20));
    trial.compactions().before(FoldStep::replace, [&] { trial.clock().advance(1s); });
    base::SteadyInstant asked_at = trial.clock().steady_now();
    trial.compactions().before(FoldStep::lead, [&] {
        const auto now = trial.clock().steady_now();
        EXPECT_LT(now - asked_at, CompactionRepository::lead_time / 2);
        asked_at = now;
    });
    must(trial.service().run(noon + 1h, CompactionTrigger::scheduler));
    EXPECT_LT(trial.clock().steady_now() - asked_at, CompactionRepository::lead_time / 2);
    EXPECT_LT(count_of(FoldStep::lead, trial), 21);
}

TEST(CompactionServiceLead, EachFoldAsksAnew) {
    CompactionTrial trial;
    must(trial.service().run(noon + 1h, CompactionTrigger::scheduler));
    trial.compactions().let_another_lead();
    EXPECT_EQ(kind_of(trial.service().run(noon + 2h, CompactionTrigger::scheduler)),
              FailureKind::conflict);
}

}  // namespace
}  // namespace dibs::service
