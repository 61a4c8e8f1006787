// Goal: a coupon's stock only ever changes by an event that says so, and never leaves its bounds.
// Method: change and take back at the edges; what can only be a bug must stop the process.

#include "domain/coupon.h"

#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/printing.h"

namespace dibs::domain {
namespace {

using test::a_coupon;
using test::a_registration;
using test::noon;
using test::user;

using namespace std::chrono_literals;

TEST(Coupon, AChangeGivesTheEventThatSaysSo) {
    Coupon coupon = a_coupon().with_stock(5).open(42);
    const auto stocked = coupon.change_stock(InventoryKind::stocked, 3, "van came", noon + 1s);
    const auto adjusted = coupon.change_stock(InventoryKind::adjusted, -8, "", noon + 2s);
    ASSERT_TRUE(stocked.has_value());
    ASSERT_TRUE(adjusted.has_value());
    auto expected = test::stream(42).stocked(5).stocked(3).adjusted(-8).events();
    expected[1].reason = "van came";
    EXPECT_EQ(*stocked, expected[1]);
    EXPECT_EQ(*adjusted, expected[2]);
    EXPECT_EQ(coupon.balance(), (Balance{Sequence{3}, 0, 0}));
}

TEST(Coupon, AnAdjustmentMayGoEitherWay) {
    Coupon coupon = a_coupon().open();
    EXPECT_EQ(coupon.change_stock(InventoryKind::adjusted, 7, "", noon)->stock_after, 7);
    EXPECT_EQ(coupon.change_stock(InventoryKind::adjusted, -7, "", noon)->stock_after, 0);
}

TEST(Coupon, AStockBelowZeroIsRefusedAndNothingIsAppended) {
    Coupon coupon = a_coupon().with_stock(5).open();
    const auto refused = coupon.change_stock(InventoryKind::adjusted, -6, "", noon);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), StockRefusal::below_zero);
    EXPECT_EQ(coupon.balance(), (Balance{Sequence{1}, 5, 0}));
}

TEST(Coupon, AStockThatJsonCannotSayIsRefused) {
    Coupon coupon = a_coupon().with_stock(1).open();
    const auto refused = coupon.change_stock(InventoryKind::stocked, number_max, "", noon);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), StockRefusal::too_large);
    EXPECT_EQ(coupon.balance(), (Balance{Sequence{1}, 1, 0}));
    EXPECT_EQ(coupon.change_stock(InventoryKind::stocked, number_max - 1, "", noon)->stock_after,
              number_max);
}

TEST(Coupon, TakingBackPutsOneIntoStockAndNamesWhoseItWas) {
    Coupon coupon = a_coupon().with_stock(1).open(42);
    const test::Asking alice("alice");
    const IssueDecision decision = coupon.register_(alice.request(), {});
    const auto event =
        coupon.take_back(to_registered(decision.create.value()), "mistake", noon + 2s);
    auto expected =
        test::stream(42).stocked(1).issued("alice").at(noon + 2s).returned("alice").events()[2];
    expected.reason = "mistake";
    EXPECT_EQ(event, expected);
    EXPECT_EQ(coupon.balance(), (Balance{Sequence{3}, 1, 1})) << "issued is not taken back";
}

TEST(Coupon, KeepsTheTermsThatItWasOpenedWith) {
    const auto terms = a_coupon().named("Tea").limit(4).terms(42);
    const Coupon coupon = a_coupon().named("Tea").limit(4).open(42);
    EXPECT_EQ(coupon.terms(), terms);
    EXPECT_EQ(*coupon.shared_terms(), terms);
}

TEST(CouponDeathTest, WhatCanOnlyBeABugStopsTheProcess) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Coupon coupon = a_coupon().with_stock(5).open();
    const auto change = [&](InventoryKind kind, std::int64_t amount) {
        static_cast<void>(coupon.change_stock(kind, amount, "", noon));
    };
    EXPECT_DEATH(change(InventoryKind::stocked, 0), "broken-promise");
    EXPECT_DEATH(change(InventoryKind::stocked, -1), "broken-promise");
    EXPECT_DEATH(change(InventoryKind::adjusted, 0), "broken-promise");
    EXPECT_DEATH(change(InventoryKind::issued, -1), "broken-promise");
    EXPECT_DEATH(change(InventoryKind::returned, 1), "broken-promise");
    EXPECT_DEATH(change(InventoryKind::cumulative, 1), "broken-promise");
    EXPECT_DEATH(change(InventoryKind::stocked, number_max + 1), "broken-promise");
    EXPECT_DEATH(change(InventoryKind::adjusted, -number_max - 1), "broken-promise");
    EXPECT_DEATH(coupon.take_back(a_registration().returned().registered(), "", noon),
                 "taken back once");
    EXPECT_DEATH(coupon.take_back(a_registration().coupon(2).registered(), "", noon),
                 "its own stock");
    EXPECT_DEATH(Coupon(coupon.shared_terms(), Balance{Sequence{1}, -1, 0}), "below zero");
}

}  // namespace
}  // namespace dibs::domain
