// Goal: the daily fold folds what is older than its point and nothing else, in bounded steps, and
// refuses to fold over a contradiction.
// Method: a real store; what is live, what is history and what the balance says are compared before
// and after. A wrapper around the store's compactions notes the order of the calls and lets the
// test do something between two of them.

#include "service/compaction_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <vector>

#include "support/printing.h"
#include "unit/service/compaction_trial.h"

namespace dibs::service {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::InventoryKind;
using domain::Sequence;
using repository::CompactionTrigger;
using test::FoldStep;
using test::kind_of;
using test::must;
using test::noon;
using test::one_tick;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using testing::Not;
using testing::SizeIs;

using namespace std::chrono_literals;

TEST(CompactionService, FoldsWhatIsOlderAndLeavesTheRest) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(10);
    const auto history_before = trial.history(coupon);
    const auto balance_before = trial.balance(coupon);
    // The stocked event and user-0 stand at noon, user-4 four seconds later.
    const auto run = must(trial.service().run(noon + 5s, CompactionTrigger::command));
    EXPECT_EQ(run.events_in, 6);
    EXPECT_EQ(run.events_out, 1);
    EXPECT_EQ(run.trigger, CompactionTrigger::command);
    EXPECT_EQ(run.until, noon + 5s);
    EXPECT_TRUE(run.finished_at.has_value());

    const auto live = trial.live(coupon);
    ASSERT_THAT(live, SizeIs(6));
    EXPECT_EQ(live.front().kind, InventoryKind::cumulative);
    EXPECT_EQ(live.front().balance_after(), (domain::Balance{Sequence{6}, 995, 5}));
    for (std::size_t i = 1; i < live.size(); ++i) {
        EXPECT_EQ(live[i], history_before[5 + i]);
    }
    EXPECT_EQ(trial.history(coupon), history_before);
    EXPECT_EQ(trial.balance(coupon), balance_before);
}

TEST(CompactionService, AnEventAtThePointItselfStays) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(3);
    EXPECT_EQ(must(trial.service().run(noon + 1s, CompactionTrigger::command)).events_in, 2);
    EXPECT_EQ(must(trial.service().run(noon + 1s + one_tick, CompactionTrigger::command)).events_in,
              1);
    EXPECT_THAT(trial.live(coupon), SizeIs(2));
}

TEST(CompactionService, FreezesEveryPointBeforeItFoldsAnything) {
    CompactionTrial trial;
    static_cast<void>(trial.coupon_with(3));
    static_cast<void>(trial.coupon_with(3));
    must(trial.service().run(noon + 1h, CompactionTrigger::scheduler));
    EXPECT_THAT(trial.compactions().calls(),
                ElementsAre(FoldStep::find_unfinished, FoldStep::claim, FoldStep::lead,
                            FoldStep::find_points, FoldStep::add_points, FoldStep::find_points,
                            FoldStep::freeze, FoldStep::next_portion, FoldStep::replace,
                            FoldStep::next_portion, FoldStep::finish));
}

TEST(CompactionService, WhatComesAfterTheFreezingIsNotFoldedWhateverItsTime) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(3);
    bool has_come = false;
    trial.compactions().before(FoldStep::next_portion, [&] {
        if (std::exchange(has_come, true)) return;
        // Somebody set the clock back, so that this one is older than what the run folds until.
        ASSERT_EQ(trial.issue(coupon, "latecomer", noon + 1s), domain::IssueOutcome::issued);
    });
    EXPECT_EQ(must(trial.service().run(noon + 1h, CompactionTrigger::command)).events_in, 4);
    const auto live = trial.live(coupon);
    ASSERT_THAT(live, SizeIs(2));
    EXPECT_EQ(live[0].sequence, Sequence{4});
    EXPECT_EQ(live[1].sequence, Sequence{5});
    EXPECT_EQ(live[1].kind, InventoryKind::issued);
    EXPECT_EQ(must(trial.service().run(noon + 1h, CompactionTrigger::command)).events_in, 1);
}

TEST(CompactionService, RunTwiceItChangesNothing) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(10);
    must(trial.service().run(noon + 1h, CompactionTrigger::command));
    const auto live = trial.live(coupon);
    ASSERT_THAT(live, SizeIs(1));
    const auto second = must(trial.service().run(noon + 1h, CompactionTrigger::command));
    EXPECT_EQ(second.events_in, 0);
    EXPECT_EQ(second.events_out, 0);
    EXPECT_EQ(second.steps, 0);
    EXPECT_EQ(trial.live(coupon), live);
}

TEST(CompactionService, AnEmptyPeriodWritesNothing) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(3);
    const auto live = trial.live(coupon);
    const auto run = must(trial.service().run(noon, CompactionTrigger::command));
    EXPECT_EQ(run.events_in, 0);
    EXPECT_THAT(trial.compactions().calls(), Not(Contains(FoldStep::replace)));
    EXPECT_EQ(trial.live(coupon), live);
}

TEST(CompactionService, FoldsOntoAnEarlierFold) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(10);
    must(trial.service().run(noon + 3s, CompactionTrigger::command));
    must(trial.service().run(noon + 1h, CompactionTrigger::command));
    const auto live = trial.live(coupon);
    ASSERT_THAT(live, SizeIs(1));
    EXPECT_EQ(live[0].balance_after(), (domain::Balance{Sequence{11}, 990, 10}));
}

TEST(CompactionService, EveryStepIsBounded) {
    CompactionTrial trial(10);
    const CouponId large = trial.coupon_with(95);
    std::vector<CouponId> small;
    for (int i = 0; i < 6; ++i) small.push_back(trial.coupon_with(3));
    const auto run = must(trial.service().run(noon + 1h, CompactionTrigger::command));
    EXPECT_EQ(run.events_in, 96 + 6 * 4);
    EXPECT_EQ(run.events_out, 7);
    EXPECT_THAT(trial.compactions().replaced(), Each(Le(10)));
    EXPECT_EQ(static_cast<std::size_t>(run.steps), trial.compactions().replaced().size());
    EXPECT_THAT(trial.live(large), SizeIs(1));
    for (const CouponId one : small) EXPECT_THAT(trial.live(one), SizeIs(1));
}

TEST(CompactionService, PeopleAreServedBetweenTwoSteps) {
    CompactionTrial trial(5);
    const CouponId coupon = trial.coupon_with(20);
    int came = 0;
    trial.compactions().before(FoldStep::replace, [&] {
        ASSERT_EQ(trial.issue(coupon, "between-" + std::to_string(came++), noon + 2h),
                  domain::IssueOutcome::issued);
    });
    must(trial.service().run(noon + 1h, CompactionTrigger::command));
    EXPECT_GE(came, 4);
    EXPECT_THAT(trial.live(coupon), SizeIs(1 + came));
    EXPECT_EQ(trial.balance(coupon).issued, 20 + came);
    EXPECT_EQ(trial.balance(coupon).stock, 1'000 - 20 - came);
}

TEST(CompactionService, AContradictionStopsItAndTouchesNothing) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(3);
    const auto live = trial.live(coupon);
    auto events = live;
    events.erase(events.begin() + 1);  // A gap.
    trial.compactions().give_next_portion(
        {.events = domain::PeriodCouponInventoryList(events), .event_count = 3});
    EXPECT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::command)),
              FailureKind::corrupted);
    EXPECT_THAT(trial.compactions().calls(), Not(Contains(FoldStep::replace)));
    EXPECT_EQ(trial.live(coupon), live);
    EXPECT_EQ(trial.runs_failed.value(), 1U);
    EXPECT_EQ(trial.runs_finished.value(), 0U);
    ASSERT_THAT(trial.runs(), SizeIs(1));
    EXPECT_FALSE(trial.runs()[0].finished_at.has_value());
}

/// Every step of a fold that can fail, once the run was claimed.
class FoldFails : public testing::TestWithParam<FoldStep> {};

TEST_P(FoldFails, IsCountedAndFinishedByTheNextRun) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(3);
    trial.compactions().fail_next(GetParam(), FailureKind::unavailable);
    EXPECT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::scheduler)),
              FailureKind::unavailable);
    EXPECT_EQ(trial.runs_failed.value(), 1U);
    EXPECT_EQ(trial.runs_finished.value(), 0U);
    must(trial.service().run(noon + 1h, CompactionTrigger::scheduler));
    EXPECT_EQ(trial.runs_failed.value(), 1U);
    EXPECT_EQ(trial.runs_finished.value(), 2U);  // The one that was left, and this one.
    EXPECT_THAT(trial.live(coupon), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(AtEveryStep, FoldFails,
                         testing::Values(FoldStep::lead, FoldStep::find_points,
                                         FoldStep::add_points, FoldStep::freeze,
                                         FoldStep::next_portion, FoldStep::replace,
                                         FoldStep::finish));

TEST(CompactionService, CountsWhatItDid) {
    CompactionTrial trial(5);
    static_cast<void>(trial.coupon_with(20));
    const auto run = must(trial.service().run(noon + 1h, CompactionTrigger::command));
    EXPECT_EQ(trial.runs_finished.value(), 1U);
    EXPECT_EQ(trial.events_folded.value(), 21U);
    std::uint64_t steps = 0;
    for (const std::uint64_t count : trial.step_duration.read().counts) steps += count;
    EXPECT_EQ(steps, static_cast<std::uint64_t>(run.steps));
}

TEST(CompactionService, ARequestIsRecordedAtOnceAndDoneByWhoeverWaits) {
    CompactionTrial trial;
    const CouponId coupon = trial.coupon_with(3);
    const auto requested = must(trial.service().request(noon + 1h, CompactionTrigger::operators));
    EXPECT_FALSE(requested.finished_at.has_value());
    EXPECT_THAT(trial.live(coupon), SizeIs(4)) << "a request folds nothing itself";
    EXPECT_TRUE(trial.service().wait_for_request(0ms));
    EXPECT_FALSE(trial.service().wait_for_request(0ms)) << "it was taken";
    const auto finished = must(trial.service().finish_unfinished());
    ASSERT_TRUE(finished.has_value());
    EXPECT_EQ(finished->run, requested.run);
    EXPECT_EQ(finished->trigger, CompactionTrigger::operators);
    EXPECT_THAT(trial.live(coupon), SizeIs(1));
    EXPECT_EQ(must(trial.service().finish_unfinished()), std::nullopt);
}

TEST(CompactionService, ARequestWhileOneIsUnderWayGetsThatOne) {
    CompactionTrial trial;
    const auto first = must(trial.service().request(noon + 1h, CompactionTrigger::operators));
    const auto second = must(trial.service().request(noon + 2h, CompactionTrigger::operators));
    EXPECT_EQ(second.run, first.run);
    EXPECT_EQ(second.until, noon + 1h);
    EXPECT_THAT(trial.runs(), SizeIs(1));
}

TEST(CompactionService, ARequestThatCannotBeRecordedWakesNobody) {
    CompactionTrial trial;
    trial.compactions().fail_next(FoldStep::claim, FailureKind::unavailable);
    EXPECT_EQ(kind_of(trial.service().request(noon, CompactionTrigger::operators)),
              FailureKind::unavailable);
    EXPECT_FALSE(trial.service().wait_for_request(0ms));
}

TEST(CompactionService, ARequestWakesWhoeverWaits) {
    CompactionTrial trial;
    auto woken =
        std::async(std::launch::async, [&] { return trial.service().wait_for_request(60s); });
    must(trial.service().request(noon, CompactionTrigger::operators));
    EXPECT_TRUE(woken.get());
}

TEST(CompactionService, StopEndsEveryWait) {
    CompactionTrial trial;
    auto woken =
        std::async(std::launch::async, [&] { return trial.service().wait_for_request(60s); });
    trial.service().stop();
    EXPECT_FALSE(woken.get());
    EXPECT_TRUE(trial.service().is_stopping());
}

/// Notes what it is told, and lets the test do something meanwhile.
class NotedRest final : public FoldRest {
public:
    void begin() override { steps.clear(); }
    void rest_after(std::chrono::nanoseconds step, std::chrono::nanoseconds longest) override {
        steps.push_back(step);
        longest_max = std::max(longest_max, longest);
        meanwhile();
    }
    void end() override { is_ended = true; }

    std::vector<std::chrono::nanoseconds> steps;  ///< Since the fold began.
    std::chrono::nanoseconds longest_max{0};
    std::function<void()> meanwhile = [] {};
    bool is_ended = false;
};

TEST(CompactionService, RestsAfterEachStepAndIsToldHowLongItTook) {
    NotedRest rest;
    CompactionTrial trial(5, rest);
    trial.coupon_with(14);  // With the stocked event 15: three steps.
    trial.compactions().before(FoldStep::add_points, [&] { trial.clock().advance(3ms); });
    trial.compactions().before(FoldStep::replace, [&] { trial.clock().advance(7ms); });
    EXPECT_EQ(must(trial.service().run(noon + 1h, CompactionTrigger::command)).steps, 3);
    EXPECT_THAT(rest.steps, ElementsAre(3ms, 7ms, 7ms, 7ms)) << "freezing is a step as well";
    must(trial.service().run(noon + 2h, CompactionTrigger::command));
    EXPECT_THAT(rest.steps, IsEmpty()) << "each fold begins anew";
}

TEST(CompactionService, StopEndsARest) {
    NotedRest rest;
    CompactionTrial trial(5, rest);
    trial.coupon_with(20);
    rest.meanwhile = [&] {
        if (!trial.compactions().replaced().empty()) trial.service().stop();
    };
    EXPECT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::command)),
              FailureKind::stopping);
    EXPECT_TRUE(rest.is_ended);
    EXPECT_THAT(trial.compactions().replaced(), ElementsAre(5));
}

TEST(CompactionService, NoRestOutlastsTheLead) {
    NotedRest rest;
    CompactionTrial trial(100, rest);
    trial.coupon_with(1);
    EXPECT_EQ(must(trial.service().run(noon + 1h, CompactionTrigger::command)).steps, 1);
    EXPECT_GT(rest.longest_max, 0s);
    EXPECT_LT(rest.longest_max, repository::CompactionRepository::lead_time / 2);
}

TEST(CompactionService, StopEndsARunAfterTheStepThatItIsIn) {
    CompactionTrial trial(5);
    const CouponId coupon = trial.coupon_with(20);
    trial.compactions().before(FoldStep::replace, [&] { trial.service().stop(); });
    EXPECT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::command)),
              FailureKind::stopping);
    EXPECT_THAT(trial.compactions().replaced(), ElementsAre(5));
    EXPECT_EQ(trial.runs_failed.value(), 0U) << "stopping is no failing";
    ASSERT_THAT(trial.runs(), SizeIs(1));
    EXPECT_FALSE(trial.runs()[0].finished_at.has_value());
    trial.restart();
    const auto finished = must(trial.service().finish_unfinished());
    ASSERT_TRUE(finished.has_value());
    EXPECT_EQ(finished->events_in, 21);
    EXPECT_THAT(trial.live(coupon), SizeIs(1));
}

TEST(CompactionService, IsBehindWhileThereIsSomethingThatARunWouldHaveFolded) {
    CompactionTrial trial;
    static_cast<void>(trial.coupon_with(3));  // At noon on the 27th.
    EXPECT_FALSE(must(trial.service().is_behind(noon)));
    EXPECT_FALSE(must(trial.service().is_behind(start_of_day(noon + 24h) - one_tick)));
    EXPECT_TRUE(must(trial.service().is_behind(noon + 24h)));
    must(trial.service().run(start_of_day(noon + 24h), CompactionTrigger::scheduler));
    EXPECT_FALSE(must(trial.service().is_behind(noon + 24h)));
}

TEST(CompactionService, ThePeriodEndsWhereTheClockAndTheCallerSay) {
    CompactionTrial trial;
    EXPECT_EQ(trial.service().period_end(), noon - 12h);
    trial.clock().advance(24h);
    EXPECT_EQ(trial.service().period_end(), noon + 12h);
}

TEST(CompactionService, ListsRunsNewestFirst) {
    CompactionTrial trial;
    for (int i = 0; i < 3; ++i) must(trial.service().run(noon, CompactionTrigger::command));
    const auto page = must(trial.service().list_runs(domain::number_max, 2));
    ASSERT_THAT(page.rows, SizeIs(2));
    EXPECT_TRUE(page.has_more);
    EXPECT_GT(page.rows[0].run, page.rows[1].run);
    const auto found = must(trial.service().find_run(page.rows[1].run));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->run, page.rows[1].run);
    EXPECT_EQ(must(trial.service().find_run(999)), std::nullopt);
}

}  // namespace
}  // namespace dibs::service
