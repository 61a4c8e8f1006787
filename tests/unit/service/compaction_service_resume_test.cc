// Goal: wherever a fold is cut off, the next one finds what is left and comes to the same books;
// and two at once come to the same as one. Method: one undisturbed fold tells how many calls there
// are and what the books look like afterwards. Then each call in turn is the last one, once with
// its work done and once without; the store is opened anew, the fold finished, and everything
// compared.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "service/compaction_service.h"
#include "service/verification_service.h"
#include "support/printing.h"
#include "unit/service/compaction_trial.h"

namespace dibs::service {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::CouponInventory;
using repository::CompactionTrigger;
using test::kind_of;
using test::must;
using test::noon;
using testing::SizeIs;

using namespace std::chrono_literals;

// choice: small enough that one coupon takes several steps, and one step several coupons.
constexpr std::size_t step_event_max = 4;

/// Three coupons: one of many steps, two that share a step. Some of what they have is too new.
std::vector<CouponId> fill(CompactionTrial& trial) {
    std::vector<CouponId> coupons;
    for (const int issued : {9, 1, 2}) coupons.push_back(trial.coupon_with(issued));
    for (const CouponId coupon : coupons) trial.issue(coupon, "late", noon + 2h);
    return coupons;
}

/// All that is kept of those coupons, live and in history.
std::vector<std::vector<CouponInventory>> books_of(CompactionTrial& trial,
                                                   const std::vector<CouponId>& coupons) {
    std::vector<std::vector<CouponInventory>> books;
    for (const CouponId coupon : coupons) {
        books.push_back(trial.live(coupon));
        books.push_back(trial.history(coupon));
    }
    return books;
}

void expect_sound(CompactionTrial& trial) {
    const auto snapshot = must(trial.store().open_snapshot());
    must(verify(*snapshot, [](const CouponVerdict& verdict) {
        EXPECT_EQ(verdict.violation_count, 0)
            << (verdict.violations.empty() ? "" : verdict.violations.front().row);
    }));
}

class CutOff : public testing::Test {
protected:
    CutOff() {
        CompactionTrial undisturbed(step_event_max);
        const auto coupons = fill(undisturbed);
        const auto run = must(undisturbed.service().run(noon + 1h, CompactionTrigger::scheduler));
        events_in_ = run.events_in;
        books_ = books_of(undisturbed, coupons);
        call_count_ = undisturbed.compactions().calls().size();
    }

    /// Finishes what was cut off, as the next start does, and compares.
    void finish_and_compare(CompactionTrial& trial, const std::vector<CouponId>& coupons) {
        trial.restart();
        expect_sound(trial);  // Also with the fold half done.
        must(trial.service().run(noon + 1h, CompactionTrigger::catch_up));
        EXPECT_EQ(books_of(trial, coupons), books_);
        expect_sound(trial);
        std::int64_t events_in = 0;
        for (const auto& run : trial.runs()) {
            EXPECT_TRUE(run.finished_at.has_value());
            events_in += run.events_in;
        }
        EXPECT_EQ(events_in, events_in_) << "each event is counted once";
    }

    std::vector<std::vector<CouponInventory>> books_;
    std::size_t call_count_ = 0;
    std::int64_t events_in_ = 0;
};

TEST_F(CutOff, BetweenAnyTwoCallsComesToTheSameBooks) {
    ASSERT_GE(call_count_, 12U);
    for (std::size_t calls = 0; calls < call_count_; ++calls) {
        SCOPED_TRACE("after " + std::to_string(calls) + " calls");
        CompactionTrial trial(step_event_max);
        const auto coupons = fill(trial);
        trial.compactions().end_after(calls);
        ASSERT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::scheduler)),
                  FailureKind::unavailable);
        finish_and_compare(trial, coupons);
    }
}

TEST_F(CutOff, WithinAnyCallComesToTheSameBooks) {
    for (std::size_t calls = 1; calls <= call_count_; ++calls) {
        SCOPED_TRACE("within call " + std::to_string(calls));
        CompactionTrial trial(step_event_max);
        const auto coupons = fill(trial);
        trial.compactions().end_within(calls);
        ASSERT_EQ(kind_of(trial.service().run(noon + 1h, CompactionTrigger::scheduler)),
                  FailureKind::in_doubt);
        finish_and_compare(trial, coupons);
    }
}

TEST_F(CutOff, AndWithoutARestartTheNextRunGoesOnAllTheSame) {
    for (std::size_t calls = 2; calls <= call_count_; ++calls) {
        SCOPED_TRACE("within call " + std::to_string(calls));
        CompactionTrial trial(step_event_max);
        const auto coupons = fill(trial);
        trial.compactions().end_within(calls);
        ASSERT_FALSE(trial.service().run(noon + 1h, CompactionTrigger::scheduler).is_ok());
        trial.compactions().end_after(SIZE_MAX);
        must(trial.service().finish_unfinished());
        EXPECT_EQ(books_of(trial, coupons), books_);
        expect_sound(trial);
    }
}

TEST_F(CutOff, WhatTheRunFoldsStaysWhatWasFrozen) {
    CompactionTrial trial(step_event_max);
    const auto coupons = fill(trial);
    trial.compactions().end_after(9);  // Frozen, and a step or so done.
    ASSERT_FALSE(trial.service().run(noon + 1h, CompactionTrigger::scheduler).is_ok());
    trial.restart();
    ASSERT_THAT(trial.runs(), SizeIs(1));
    ASSERT_TRUE(trial.runs()[0].is_frozen);
    // Older than the point by its time, but it came after the freezing.
    ASSERT_EQ(trial.issue(coupons[0], "latecomer", noon + 30min), domain::IssueOutcome::issued);
    const auto finished = must(trial.service().finish_unfinished());
    ASSERT_TRUE(finished.has_value());
    EXPECT_EQ(finished->events_in, events_in_);
    EXPECT_EQ(trial.live(coupons[0]).back().user_id, test::user("latecomer"));
    expect_sound(trial);
}

TEST_F(CutOff, TwoAtOnceComeToTheSameAsOne) {
    for (int round = 0; round < 5; ++round) {
        CompactionTrial trial(step_event_max);
        const auto coupons = fill(trial);
        test::FaultyCompactions own(trial.store().compactions());
        metrics::Counter finished;
        metrics::Counter failed;
        metrics::Counter folded;
        metrics::Histogram duration{{1}};
        NoRest no_rest;
        CompactionService other(own, trial.clock(), start_of_day,
                                {.runs_finished = finished,
                                 .runs_failed = failed,
                                 .events_folded = folded,
                                 .step_duration = duration},
                                step_event_max, no_rest);
        // Either may find that the other has folded what it had just read: then it is refused, and
        // nothing changes. What is left is for the next.
        std::thread thread(
            [&] { static_cast<void>(other.run(noon + 1h, CompactionTrigger::command).is_ok()); });
        static_cast<void>(trial.service().run(noon + 1h, CompactionTrigger::scheduler).is_ok());
        thread.join();
        must(trial.service().run(noon + 1h, CompactionTrigger::scheduler));
        EXPECT_EQ(books_of(trial, coupons), books_);
        expect_sound(trial);
    }
}

TEST_F(CutOff, PeopleWhoComeMeanwhileFindSoundBooks) {
    CompactionTrial trial(step_event_max);
    const CouponId coupon = trial.coupon_with(400);
    std::thread crowd([&] {
        for (int i = 0; i < 60; ++i) {
            ASSERT_EQ(trial.issue(coupon, "crowd-" + std::to_string(i), noon + 2h),
                      domain::IssueOutcome::issued);
        }
    });
    const auto run = must(trial.service().run(noon + 1h, CompactionTrigger::scheduler));
    crowd.join();
    EXPECT_EQ(run.events_in, 401);
    EXPECT_THAT(trial.live(coupon), SizeIs(1 + 60));
    EXPECT_EQ(trial.balance(coupon).stock, 1'000 - 460);
    expect_sound(trial);
}

}  // namespace
}  // namespace dibs::service
