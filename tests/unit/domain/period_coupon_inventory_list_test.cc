// Goal: folding keeps every total, and nothing is folded over a contradiction.
// Method: streams of several coupons in any order, then a good stream with one thing wrong at a
// time.

#include "domain/period_coupon_inventory_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "support/builders.h"
#include "support/printing.h"

namespace dibs::domain {
namespace {

using base::FailureKind;
using test::kind_of;
using test::must;
using test::noon;
using test::stream;
using testing::ElementsAre;

using namespace std::chrono_literals;

using Events = std::vector<CouponInventory>;

Events joined(std::initializer_list<Events> lists) {
    Events all;
    for (const Events& list : lists) all.insert(all.end(), list.begin(), list.end());
    return all;
}

CouponInventory cumulative(std::int64_t coupon, std::int64_t sequence, std::int64_t stock,
                           std::int64_t issued, base::Instant at) {
    return stream(coupon).at(at).cumulative(sequence, stock, issued).events().front();
}

TEST(PeriodCouponInventoryList, FoldsAStreamIntoOneEventAtItsLastPlace) {
    const auto events = stream(1).stocked(10).issued("alice").issued("bob").adjusted(-3).events();
    EXPECT_THAT(must(PeriodCouponInventoryList(events).reduce_to_cumulative()),
                ElementsAre(cumulative(1, 4, 5, 2, noon + 3s)));
}

TEST(PeriodCouponInventoryList, GroupsByCouponInWhateverOrderTheEventsCome) {
    auto events =
        joined({stream(2).stocked(4).issued("alice").returned("alice").events(),
                stream(1).stocked(7).events(), stream(9).stocked(1).issued("x").events()});
    std::ranges::reverse(events);
    EXPECT_THAT(must(PeriodCouponInventoryList(events).reduce_to_cumulative()),
                ElementsAre(cumulative(1, 1, 7, 0, noon), cumulative(2, 3, 4, 1, noon + 2s),
                            cumulative(9, 2, 0, 1, noon + 1s)));
}

TEST(PeriodCouponInventoryList, FoldsOntoTheCumulativeEventThatTheStreamBeginsWith) {
    const auto events = stream(1).cumulative(40, 7, 33).issued("alice").stocked(5).events();
    EXPECT_THAT(must(PeriodCouponInventoryList(events).reduce_to_cumulative()),
                ElementsAre(cumulative(1, 42, 11, 34, noon + 2s)));
}

TEST(PeriodCouponInventoryList, ASingleCumulativeEventFoldsIntoItself) {
    const auto events = stream(1).cumulative(40, 7, 33).events();
    EXPECT_EQ(must(PeriodCouponInventoryList(events).reduce_to_cumulative()), events);
}

TEST(PeriodCouponInventoryList, AStockThatIsUsedUpFoldsIntoAnEventOfNothing) {
    const auto events = stream(1).stocked(1).issued("alice").events();
    EXPECT_THAT(must(PeriodCouponInventoryList(events).reduce_to_cumulative()),
                ElementsAre(cumulative(1, 2, 0, 1, noon + 1s)));
}

TEST(PeriodCouponInventoryList, ACumulativeEventNamesNobodyAndNoReason) {
    auto events = stream(1).stocked(5).issued("alice").events();
    events.front().reason = "van came";
    const auto folded = must(PeriodCouponInventoryList(events).reduce_to_cumulative());
    EXPECT_EQ(folded.at(0).user_id, std::nullopt);
    EXPECT_EQ(folded.at(0).reason, "");
}

TEST(PeriodCouponInventoryList, OfNothingThereIsNothingToFold) {
    const PeriodCouponInventoryList nothing({});
    EXPECT_TRUE(nothing.is_empty());
    EXPECT_TRUE(must(nothing.reduce_to_cumulative()).empty());
    EXPECT_FALSE(PeriodCouponInventoryList(stream(1).stocked(1).events()).is_empty());
}

TEST(PeriodCouponInventoryList, EveryContradictionIsRefused) {
    const Events good = stream(7).stocked(5).issued("a").issued("b").adjusted(2).events();
    const struct {
        const char* what;
        std::function<void(Events&)> spoil;
    } contradictions[] = {
        {"the beginning is missing", [](Events& e) { e.erase(e.begin()); }},
        {"a gap", [](Events& e) { e.erase(e.begin() + 1); }},
        {"a gap that no balance shows",
         [](Events& e) {
             e = stream(7).stocked(5).adjusted(1).adjusted(-1).issued("a").events();
             e.erase(e.begin() + 1, e.begin() + 3);
         }},
        {"a beginning that is missing and that no balance shows",
         [](Events& e) {
             e = stream(7).stocked(5).adjusted(-5).stocked(2).events();
             e.erase(e.begin(), e.begin() + 2);
         }},
        {"a place twice", [](Events& e) { e.push_back(e.back()); }},
        {"a place before the first", [](Events& e) { e.front().sequence = Sequence{0}; }},
        {"a stock that the amounts do not give", [](Events& e) { e[1].stock_after += 1; }},
        {"a last stock that they do not give", [](Events& e) { e.back().stock_after -= 1; }},
        {"an amount that was changed", [](Events& e) { e[0].amount += 1; }},
        {"a count of issues that is too high", [](Events& e) { e[3].issued_after += 1; }},
        {"a count of issues that is too low", [](Events& e) { e[2].issued_after -= 1; }},
        {"a kind that was changed", [](Events& e) { e[1].kind = InventoryKind::adjusted; }},
        {"a stock below zero",
         [](Events& e) {
             e[3].amount = -4;
             e[3].stock_after = -1;
         }},
        {"a sum that no number holds", [](Events& e) { e[1].amount = sum_max; }},
        {"one that the event says as well",
         [](Events& e) {
             e[1].amount = sum_max;
             e[1].stock_after = sum_max;
         }},
        {"a sum far below zero", [](Events& e) { e[1].amount = -sum_max - 1; }},
        {"a count of issues that has no next one",
         [](Events& e) {
             e = stream(7).cumulative(40, 7, 33).issued("a").events();
             e[0].issued_after = e[1].issued_after = sum_max;
         }},
        {"a place that has no next one",
         [](Events& e) { e[2].sequence = Sequence{std::numeric_limits<std::int64_t>::max()}; }},
        {"a cumulative event after others",
         [](Events& e) { e.push_back(cumulative(7, 5, 5, 2, noon)); }},
        {"a cumulative event at a place that is there, too",
         [](Events& e) { e.push_back(cumulative(7, 4, 5, 2, noon)); }},
        {"a cumulative event that lies about its stock",
         [](Events& e) {
             e = stream(7).cumulative(40, 7, 33).issued("a").events();
             e[0].stock_after = 8;
         }},
        {"a cumulative event below zero", [](Events& e) { e = {cumulative(7, 40, -1, 33, noon)}; }},
        {"a gap after a cumulative event",
         [](Events& e) {
             e = stream(7).cumulative(40, 7, 33).issued("a").issued("b").events();
             e.erase(e.begin() + 1);
         }},
        {"an event that a cumulative one stands for already",
         [](Events& e) {
             e = joined({stream(7).cumulative(2, 4, 1).events(), {e[1]}});
         }},
    };
    ASSERT_TRUE(PeriodCouponInventoryList(good).reduce_to_cumulative());
    for (const auto& [what, spoil] : contradictions) {
        Events spoilt = good;
        spoil(spoilt);
        const auto folded = PeriodCouponInventoryList(spoilt).reduce_to_cumulative();
        ASSERT_EQ(kind_of(folded), FailureKind::corrupted) << what;
        EXPECT_THAT(folded.failure().what, testing::HasSubstr("coupon 7 ")) << what;
    }
}

TEST(PeriodCouponInventoryList, OneBadStreamKeepsAllFromBeingFolded) {
    auto bad = stream(2).stocked(5).issued("a").events();
    bad.back().stock_after = 5;
    const auto events = joined({stream(1).stocked(5).events(), bad, stream(3).stocked(5).events()});
    EXPECT_EQ(kind_of(PeriodCouponInventoryList(events).reduce_to_cumulative()),
              FailureKind::corrupted);
}

}  // namespace
}  // namespace dibs::domain
