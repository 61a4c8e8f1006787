// Goal: what is folded is exactly what goes, in bounded portions, and whatever else would go is
// refused with nothing changed.
// Method: freeze a run over a few streams, fold portion by portion, and try replacements that are
// wrong in one thing each.

#include <gmock/gmock.h>

#include <set>

#include "contract/suites.h"

namespace dibs::contract {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::CouponInventory;
using domain::Sequence;
using repository::CompactionPortion;
using repository::CompactionRun;
using repository::CompactionTrigger;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using test::noon;

using namespace std::chrono_literals;

CouponInventory cumulative(CouponId id, std::int64_t sequence, std::int64_t stock,
                           std::int64_t issued) {
    return test::stream(id.value).cumulative(sequence, stock, issued).events().front();
}

TEST_P(FoldingContract, APortionHoldsTheLiveEventsUpToThePoint) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask_together(id, {Asking("a"), Asking("b")});
    const auto run = freeze_all(period_end);
    ask(id, Asking("c"));  // After the point was frozen: not this run's business.

    const CompactionPortion portion = must(compactions().next_portion(run, 100));
    EXPECT_EQ(portion.event_count, 3);
    const auto folded = must(portion.events.reduce_to_cumulative());
    ASSERT_EQ(folded.size(), 1U);
    EXPECT_EQ(folded.front(), cumulative(id, 3, 7, 2));

    must(compactions().replace(run, folded, portion.event_count));
    EXPECT_EQ(live_events_of(id),
              test::stream(id.value).cumulative(3, 7, 2).at(noon).issued("c").events());
    EXPECT_TRUE(must(compactions().next_portion(run, 100)).events.is_empty());
}

TEST_P(FoldingContract, PortionsAreBoundedAndTogetherHoldEverything) {
    constexpr std::int64_t stream_count = 5;
    constexpr std::int64_t event_count = 8;  // Of each stream.
    for (int i = 0; i < stream_count; ++i) {
        const CouponId id = offer(a_coupon().with_stock(100));
        for (int k = 1; k < event_count; ++k) ask(id, Asking("user-" + std::to_string(k)));
    }
    const auto run = freeze_all(period_end);
    std::int64_t folded_count = 0;
    std::int64_t step_count = 0;
    while (true) {
        const CompactionPortion portion = must(compactions().next_portion(run, 3));
        if (portion.events.is_empty()) break;
        ASSERT_GT(portion.event_count, 0);
        EXPECT_LE(portion.event_count, 3);
        must(compactions().replace(run, must(portion.events.reduce_to_cumulative()),
                                   portion.event_count));
        folded_count += portion.event_count;
        ++step_count;
    }
    EXPECT_EQ(folded_count, stream_count * event_count);
    const CompactionRun record = must(compactions().find_run(run)).value();
    EXPECT_EQ(record.events_in, stream_count * event_count);
    EXPECT_EQ(record.events_out, stream_count);
    EXPECT_EQ(record.steps, step_count);
}

TEST_P(FoldingContract, OnePortionMayHoldSeveralStreams) {
    const CouponId tea = offer(a_coupon().with_stock(4));
    // Where a store is several servers, a portion is one server's; with two or four of them these
    // three, which have nothing to fold, see to it that tea and cake are on the same.
    for (int i = 0; i < 3; ++i) static_cast<void>(offer(a_coupon()));
    const CouponId cake = offer(a_coupon().with_stock(5));
    ask(cake, Asking("alice"));
    const auto run = freeze_all(period_end);
    const CompactionPortion portion = must(compactions().next_portion(run, 100));
    EXPECT_EQ(portion.event_count, 3);
    must(compactions().replace(run, must(portion.events.reduce_to_cumulative()), 3));
    EXPECT_THAT(live_events_of(tea), testing::ElementsAre(cumulative(tea, 1, 4, 0)));
    EXPECT_THAT(live_events_of(cake), testing::ElementsAre(cumulative(cake, 2, 4, 1)));
    EXPECT_EQ(must(compactions().find_run(run)).value().steps, 1);
}

TEST_P(FoldingContract, ALaterRunFoldsOntoTheEarlierOne) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask(id, Asking("a"));
    compact(compactions(), period_end);
    ask(id, Asking("b"));
    must(coupons().take_back({id, Sequence{2}}, "", noon));
    const auto run = freeze_all(period_end);
    const CompactionPortion portion = must(compactions().next_portion(run, 100));
    EXPECT_EQ(portion.event_count, 2) << "the cumulative event was counted in its own run";
    must(compactions().replace(run, must(portion.events.reduce_to_cumulative()), 2));
    EXPECT_EQ(balance_of(id), (domain::Balance{Sequence{4}, 8, 2}));
    const auto live = live_events_of(id);
    ASSERT_EQ(live.size(), 1U);
    EXPECT_EQ(live.front().balance_after(), balance_of(id));
    EXPECT_EQ(live.front().kind, domain::InventoryKind::cumulative);
    EXPECT_EQ(must(compactions().find_run(run)).value().events_in, 2);
}

TEST_P(FoldingContract, WhateverWasNotFoldedIsRefusedToGo) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask_together(id, {Asking("a"), Asking("b")});
    compact(compactions(), period_end);
    ask_together(id, {Asking("c"), Asking("d"), Asking("e")});
    // As above: on the same server as the first one.
    for (int i = 0; i < 3; ++i) static_cast<void>(offer(a_coupon()));
    const CouponId other = offer(a_coupon().with_stock(9));
    const auto run = freeze_all(period_end);
    const auto live_before = live_events_of(id);

    const struct {
        const char* what;
        std::vector<CouponInventory> cumulative;
        std::int64_t event_count;
    } wrong[] = {
        {"one more would go than was folded", {cumulative(id, 6, 4, 5)}, 2},
        {"one less would go than was folded", {cumulative(id, 6, 4, 5)}, 4},
        {"a stock that history does not have", {cumulative(id, 6, 5, 5)}, 3},
        {"a count that history does not have", {cumulative(id, 6, 4, 4)}, 3},
        {"a place beyond the head", {cumulative(id, 7, 4, 5)}, 3},
        {"a place that is folded already", {cumulative(id, 3, 7, 2)}, 0},
        {"a place before the fold", {cumulative(id, 2, 8, 1)}, 0},
        {"right for one stream and wrong for the next",
         {cumulative(id, 6, 4, 5), cumulative(other, 1, 8, 0)},
         4},
        {"the same stream twice", {cumulative(id, 6, 4, 5), cumulative(id, 6, 4, 5)}, 3},
    };
    for (const auto& [what, events, event_count] : wrong) {
        EXPECT_EQ(kind_of(compactions().replace(run, events, event_count)), FailureKind::refused)
            << what;
        EXPECT_EQ(live_events_of(id), live_before) << what;
        EXPECT_EQ(live_events_of(other).size(), 1U) << what;
        const CompactionRun record = must(compactions().find_run(run)).value();
        EXPECT_EQ(record.events_in + record.events_out + record.steps, 0) << what;
    }
    EXPECT_EQ(must(compactions().next_portion(run, 100)).event_count, 4) << "all is still to do";
}

TEST_P(FoldingContract, AReplacementIsMadeOnce) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask(id, Asking("a"));
    const auto run = freeze_all(period_end);
    must(compactions().replace(run, {cumulative(id, 2, 8, 1)}, 2));
    EXPECT_EQ(kind_of(compactions().replace(run, {cumulative(id, 2, 8, 1)}, 2)),
              FailureKind::refused);
    EXPECT_THAT(live_events_of(id), testing::ElementsAre(cumulative(id, 2, 8, 1)));
    EXPECT_EQ(must(compactions().find_run(run)).value().events_in, 2);
}

TEST_P(FoldingContract, AStreamMayBeFoldedInPieces) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask_together(id, {Asking("a"), Asking("b"), Asking("c")});
    const auto run = freeze_all(period_end);
    must(compactions().replace(run, {cumulative(id, 2, 8, 1)}, 2));
    EXPECT_EQ(must(compactions().find_run(run)).value().events_out, 0) << "not at its point yet";
    EXPECT_EQ(live_events_of(id), test::stream(id.value)
                                      .cumulative(2, 8, 1)
                                      .at(noon)
                                      .issued("b")
                                      .at(noon)
                                      .issued("c")
                                      .events());
    EXPECT_EQ(must(compactions().next_portion(run, 100)).event_count, 2);
    must(compactions().replace(run, {cumulative(id, 4, 6, 3)}, 2));
    EXPECT_EQ(must(compactions().find_run(run)).value().events_out, 1);
}

TEST_P(FoldingContract, AFinishedRunIsRecordedAndOver) {
    const CouponId id = offer(a_coupon().with_stock(9));
    const auto run = freeze_all(period_end);
    must(compactions().replace(run, {cumulative(id, 1, 9, 0)}, 1));
    const CompactionRun finished = must(compactions().finish(run, period_end + 1s));
    EXPECT_EQ(finished.run, run);
    EXPECT_EQ(finished.finished_at, period_end + 1s);
    EXPECT_EQ(finished.events_in, 1);
    EXPECT_EQ(finished.events_out, 1);
    EXPECT_EQ(finished.steps, 1);
    reopen();
    EXPECT_FALSE(must(compactions().find_unfinished()).has_value());
    EXPECT_EQ(must(compactions().find_run(run)).value().finished_at, period_end + 1s);
    EXPECT_EQ(must(compactions().last_until()), period_end);
    EXPECT_EQ(must(compactions().finish(run, period_end + 9s)).finished_at, period_end + 1s)
        << "finishing again changes nothing";
}

TEST_P(FoldingContract, WhatARunLeftUnfoldedIsNoPartOfTheNext) {
    const CouponId id = offer(a_coupon().with_stock(9));
    must(compactions().finish(freeze_all(period_end), period_end));
    const auto next =
        must(compactions().claim(period_end, CompactionTrigger::command, period_end)).run;
    EXPECT_TRUE(must(compactions().next_portion(next, 100)).events.is_empty());
    EXPECT_EQ(live_events_of(id).size(), 1U);
}

TEST_P(FoldingContract, ARunThatFoldedNothingLeavesItsRecordAndNoOtherTrace) {
    const CouponId id = offer(a_coupon().with_stock(9));
    const auto live_before = live_events_of(id);
    const auto run = freeze_all(noon);
    EXPECT_TRUE(must(compactions().next_portion(run, 100)).events.is_empty());
    EXPECT_EQ(must(compactions().next_portion(run, 100)).event_count, 0);
    const CompactionRun finished = must(compactions().finish(run, noon));
    EXPECT_EQ(finished.events_in + finished.events_out + finished.steps, 0);
    EXPECT_EQ(live_events_of(id), live_before);
}

}  // namespace

std::int64_t FoldingContract::freeze_all(base::Instant before) {
    const auto run = must(compactions().claim(before, CompactionTrigger::command, before)).run;
    must(
        compactions().add_points(run, must(compactions().find_points(before, CouponId{0}, 1'000))));
    must(compactions().freeze(run));
    return run;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FoldingContract);

}  // namespace dibs::contract
