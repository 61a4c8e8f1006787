// Goal: what events come to does not depend on what they claim. Method: fold streams whose sums are
// known, and events that lie about their own balance.

#include "domain/coupon_inventory.h"

#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/printing.h"

namespace dibs::domain {
namespace {

TEST(InventoryKind, IsReadByTheNameThatItIsWrittenWith) {
    for (const auto& [kind, name] : {std::pair{InventoryKind::stocked, "stocked"},
                                     {InventoryKind::adjusted, "adjusted"},
                                     {InventoryKind::issued, "issued"},
                                     {InventoryKind::returned, "returned"},
                                     {InventoryKind::cumulative, "cumulative"}}) {
        EXPECT_EQ(name_of(kind), name);
        EXPECT_EQ(parse_inventory_kind(name), kind);
    }
    for (const char* name : {"", "Issued", "issue", "issued ", "unknown"}) {
        EXPECT_FALSE(parse_inventory_kind(name).has_value()) << name;
    }
}

TEST(Fold, AddsUpAmountsAndCountsIssues) {
    const auto events = test::stream(1)
                            .stocked(10)
                            .issued("alice")
                            .issued("bob")
                            .returned("alice")
                            .adjusted(-4)
                            .issued("carol")
                            .events();
    Balance balance;
    for (const CouponInventory& event : events) {
        balance = fold(balance, event);
        EXPECT_EQ(balance, event.balance_after());
    }
    EXPECT_EQ(balance, (Balance{Sequence{6}, 4, 3}));
}

TEST(Fold, TakesACumulativeEventForAllThatCameBeforeIt) {
    const auto events = test::stream(1).cumulative(41, 7, 12).issued("alice").events();
    const Balance folded = fold(fold(Balance{}, events[0]), events[1]);
    EXPECT_EQ(folded, (Balance{Sequence{42}, 6, 13}));
    EXPECT_EQ(fold(Balance{Sequence{40}, 8, 11}, events[0]), (Balance{Sequence{41}, 7, 12}))
        << "what was counted before is within it";
}

TEST(Fold, DoesNotBelieveWhatAnEventCarries) {
    auto event = test::stream(1).stocked(5).events().front();
    event.stock_after = 1'000;
    event.issued_after = 77;
    EXPECT_EQ(fold(Balance{}, event), (Balance{Sequence{1}, 5, 0}));
}

TEST(Fold, StaysWhereASumGoesBeyondAllNumbers) {
    auto event = test::stream(1).stocked(5).events().front();
    event.amount = sum_max;
    EXPECT_EQ(fold(Balance{Sequence{0}, 2, 0}, event), (Balance{Sequence{1}, sum_max, 0}));
    event.amount = -sum_max - 1;
    EXPECT_EQ(fold(Balance{Sequence{0}, -2, 0}, event), (Balance{Sequence{1}, -sum_max, 0}));
    const auto issued = test::stream(1).stocked(1).issued("alice").events().back();
    EXPECT_EQ(fold(Balance{Sequence{1}, 1, sum_max}, issued), (Balance{Sequence{2}, 0, sum_max}));
}

TEST(Sequence, KnowsWhichOneIsNextWhateverTheTwoAre) {
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
    EXPECT_TRUE(Sequence{1}.is_next_after(Sequence{0}));
    EXPECT_TRUE(Sequence{largest}.is_next_after(Sequence{largest - 1}));
    EXPECT_FALSE(Sequence{1}.is_next_after(Sequence{1}));
    EXPECT_FALSE(Sequence{3}.is_next_after(Sequence{1}));
    EXPECT_FALSE(Sequence{smallest}.is_next_after(Sequence{largest}));
    EXPECT_FALSE(Sequence{largest}.is_next_after(Sequence{smallest}));
}

}  // namespace
}  // namespace dibs::domain
