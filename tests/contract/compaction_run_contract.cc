// Goal: wherever a compaction is cut short, and whatever goes on beside it, the sums stay what they
// are and the next call goes on.
// Method: one run step by step with the store dropped and opened again between every two calls;
// the same with every call made twice; and a run beside readers and buyers on other threads.

#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <future>
#include <numeric>

#include "contract/suites.h"

namespace dibs::contract {
namespace {

using domain::Balance;
using domain::CouponId;
using domain::CouponInventory;
using domain::Sequence;
using repository::CompactionPortion;
using repository::CompactionRun;
using repository::CompactionTrigger;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;

using namespace std::chrono_literals;

std::int64_t sum_of(const std::vector<CouponInventory>& events) {
    return std::accumulate(
        events.begin(), events.end(), std::int64_t{0},
        [](std::int64_t sum, const CouponInventory& event) { return sum + event.amount; });
}

/// What no compaction may change of a coupon.
struct Kept {
    Balance balance;
    std::int64_t sum = 0;
    std::vector<CouponInventory> history;
    std::vector<domain::RegisteredCoupon> registrations;
    bool operator==(const Kept&) const = default;
};

TEST_P(CompactionRunContract, ARunGoesOnWhereverTheStoreWasDropped) {
    std::vector<CouponId> ids;
    for (int i = 0; i < 3; ++i) {
        ids.push_back(offer(a_coupon().with_stock(20)));
        for (int k = 0; k < 7; ++k) ask(ids.back(), Asking("user-" + std::to_string(k)));
        must(coupons().take_back({ids.back(), Sequence{3}}, "", noon));
    }
    const auto look = [&] {
        std::vector<Kept> kept;
        for (const CouponId id : ids) {
            kept.push_back(
                {balance_of(id), sum_of(live_events_of(id)), history_of(id), registrations_of(id)});
        }
        return kept;
    };
    const auto before = look();
    int drop_count = 0;
    const auto drop = [&] {
        reopen();
        ASSERT_EQ(look(), before) << "after drop " << ++drop_count;
    };

    must(compactions().claim(period_end, CompactionTrigger::scheduler, period_end));
    drop();
    const auto run = must(compactions().find_unfinished()).value().run;
    for (CouponId after{0};;) {
        const auto points = must(compactions().find_points(period_end, after, 1));
        if (points.empty()) break;
        drop();
        must(compactions().add_points(run, points));
        after = points.back().coupon_id;
        drop();
    }
    must(compactions().freeze(run));
    drop();
    ASSERT_TRUE(must(compactions().find_unfinished()).value().is_frozen);
    while (true) {
        const CompactionPortion portion = must(compactions().next_portion(run, 2));
        if (portion.events.is_empty()) break;
        drop();  // What was read is lost, as if the process had died over it.
        const CompactionPortion again = must(compactions().next_portion(run, 2));
        EXPECT_EQ(again.event_count, portion.event_count);
        must(compactions().replace(run, must(again.events.reduce_to_cumulative()),
                                   again.event_count));
        drop();
    }
    const CompactionRun finished = must(compactions().finish(run, period_end));
    drop();
    EXPECT_EQ(finished.events_in, 3 * 9);
    EXPECT_EQ(finished.events_out, 3);
    for (const CouponId id : ids) {
        EXPECT_EQ(live_events_of(id).size(), 1U);
        EXPECT_EQ(ask(id, Asking("late")).create.value().sequence, Sequence{10});
    }
}

TEST_P(CompactionRunContract, EveryCallMayBeMadeTwice) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask_together(id, {Asking("a"), Asking("b")});
    must(compactions().claim(period_end, CompactionTrigger::command, period_end));
    const auto run =
        must(compactions().claim(period_end, CompactionTrigger::command, period_end)).run;
    const auto points = must(compactions().find_points(period_end, CouponId{0}, 10));
    must(compactions().add_points(run, points));
    must(compactions().add_points(run, points));
    must(compactions().freeze(run));
    must(compactions().freeze(run));
    const CompactionPortion portion = must(compactions().next_portion(run, 100));
    const auto folded = must(portion.events.reduce_to_cumulative());
    must(compactions().replace(run, folded, portion.event_count));
    EXPECT_TRUE(must(compactions().next_portion(run, 100)).events.is_empty());
    must(compactions().finish(run, period_end));
    const CompactionRun finished = must(compactions().finish(run, period_end));
    EXPECT_EQ(finished.events_in, 3);
    EXPECT_EQ(finished.events_out, 1);
    EXPECT_EQ(balance_of(id), (Balance{Sequence{3}, 7, 2}));
}

TEST_P(CompactionRunContract, TwoWhoFoldTheSameRunNeverFoldTwice) {
    const CouponId id = offer(a_coupon().with_stock(200));
    for (int i = 0; i < 60; ++i) ask(id, Asking("user-" + std::to_string(i)));
    const auto run =
        must(compactions().claim(period_end, CompactionTrigger::command, period_end)).run;
    must(compactions().add_points(run,
                                  must(compactions().find_points(period_end, CouponId{0}, 10))));
    must(compactions().freeze(run));
    const auto fold = [&] {
        while (true) {
            const CompactionPortion portion = must(compactions().next_portion(run, 5));
            if (portion.events.is_empty()) return;
            const auto folded = must(portion.events.reduce_to_cumulative());
            // Who comes second is refused, looks again and goes on.
            const auto done = compactions().replace(run, folded, portion.event_count);
            EXPECT_TRUE(done || done.failure().kind == base::FailureKind::refused);
        }
    };
    auto first = std::async(std::launch::async, fold);
    auto second = std::async(std::launch::async, fold);
    first.get();
    second.get();
    const CompactionRun record = must(compactions().find_run(run)).value();
    EXPECT_EQ(record.events_in, 61);
    EXPECT_EQ(record.events_out, 1);
    EXPECT_EQ(live_events_of(id).size(), 1U);
    EXPECT_EQ(balance_of(id), (Balance{Sequence{61}, 140, 60}));
}

TEST_P(CompactionRunContract, NobodyEverSeesAWrongSumWhileItRuns) {
    constexpr int early_count = 120;
    constexpr int late_count = 40;
    const CouponId id = offer(a_coupon().with_stock(1'000));
    for (int i = 0; i < early_count; ++i) ask(id, Asking("early-" + std::to_string(i)));

    std::atomic<bool> is_over = false;
    const auto watch = [&] {
        int look_count = 0;
        std::int64_t head = 0;
        while (!is_over || look_count == 0) {
            const auto live = live_events_of(id);
            const Balance balance = live.back().balance_after();
            EXPECT_EQ(sum_of(live), balance.stock);
            EXPECT_EQ(balance.stock + balance.issued, 1'000);
            EXPECT_GE(balance.head.value, head) << "a head never moves back";
            head = balance.head.value;
            const Balance now = balance_of(id);
            EXPECT_GE(now.head.value, head);
            EXPECT_EQ(now.stock + now.issued, 1'000);
            ++look_count;
        }
        return look_count;
    };
    auto watched = std::async(std::launch::async, watch);
    auto bought = std::async(std::launch::async, [&] {
        for (int i = 0; i < late_count; ++i) {
            EXPECT_EQ(ask(id, Asking("late-" + std::to_string(i), period_end)).outcome,
                      domain::IssueOutcome::issued);
        }
    });
    const auto run =
        must(compactions().claim(period_end, CompactionTrigger::command, period_end)).run;
    must(compactions().add_points(run,
                                  must(compactions().find_points(period_end, CouponId{0}, 10))));
    must(compactions().freeze(run));
    while (true) {
        const CompactionPortion portion = must(compactions().next_portion(run, 4));
        if (portion.events.is_empty()) break;
        must(compactions().replace(run, must(portion.events.reduce_to_cumulative()),
                                   portion.event_count));
    }
    must(compactions().finish(run, period_end));
    bought.get();
    is_over = true;
    EXPECT_GT(watched.get(), 0);

    const auto live = live_events_of(id);
    EXPECT_EQ(live.size(), 1U + late_count);
    EXPECT_EQ(live.front().sequence, Sequence{early_count + 1});
    EXPECT_EQ(history_of(id).size(), 1U + early_count + late_count);
}

TEST_P(CompactionRunContract, CouponsGoOutBetweenAnyTwoSteps) {
    const CouponId id = offer(a_coupon().with_stock(100));
    for (int i = 0; i < 10; ++i) ask(id, Asking("early-" + std::to_string(i)));
    const auto run =
        must(compactions().claim(period_end, CompactionTrigger::command, period_end)).run;
    must(compactions().add_points(run,
                                  must(compactions().find_points(period_end, CouponId{0}, 10))));
    must(compactions().freeze(run));
    std::int64_t head = 11;
    while (true) {
        const CompactionPortion portion = must(compactions().next_portion(run, 3));
        if (portion.events.is_empty()) break;
        const auto decision = ask(id, Asking("late-" + std::to_string(head)));
        EXPECT_EQ(decision.create.value().sequence, Sequence{++head});
        must(compactions().replace(run, must(portion.events.reduce_to_cumulative()),
                                   portion.event_count));
        EXPECT_EQ(balance_of(id).head, Sequence{head});
    }
    EXPECT_EQ(must(compactions().find_run(run)).value().events_in, 11);
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CompactionRunContract);

}  // namespace dibs::contract
