// Goal: a coupon's stream says at every place what happened and what was left, and a change that
// the rules refuse leaves no event.
// Method: stock, adjust, issue and take back, then read the stream in every way there is.

#include <gmock/gmock.h>

#include <future>

#include "contract/suites.h"

namespace dibs::contract {
namespace {

using domain::Balance;
using domain::CouponId;
using domain::CouponInventory;
using domain::InventoryKind;
using domain::IssueOutcome;
using domain::RegistrationId;
using domain::Sequence;
using repository::StockChange;
using repository::TakeBack;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using test::one_tick;
using test::user;
using testing::ElementsAre;

using namespace std::chrono_literals;

std::vector<std::int64_t> sequences_of(const std::vector<CouponInventory>& events) {
    std::vector<std::int64_t> sequences;
    for (const CouponInventory& event : events) sequences.push_back(event.sequence.value);
    return sequences;
}

TEST_P(StockContract, AChangeIsAppendedToTheStreamWithItsReason) {
    const CouponId id = offer(a_coupon().with_stock(5));
    const StockChange stocked =
        must(coupons().change_stock(id, InventoryKind::stocked, 10, "van came", noon + 1s));
    const StockChange adjusted =
        must(coupons().change_stock(id, InventoryKind::adjusted, -3, "", noon + 2s));

    EXPECT_EQ(stocked.outcome, StockChange::Outcome::appended);
    EXPECT_EQ(stocked.stock, 15);
    EXPECT_EQ(adjusted.outcome, StockChange::Outcome::appended);
    EXPECT_EQ(adjusted.stock, 12);
    auto expected = test::stream(id.value).stocked(5).stocked(10).adjusted(-3).events();
    expected[1].reason = "van came";
    EXPECT_EQ(stocked.event, expected[1]);
    EXPECT_EQ(adjusted.event, expected[2]);

    reopen();
    auto kept = history_of(id);
    EXPECT_EQ(live_events_of(id), kept);
    kept.front().reason.clear();
    EXPECT_EQ(kept, expected);
    EXPECT_EQ(balance_of(id), (Balance{Sequence{3}, 12, 0}));
}

TEST_P(StockContract, TheFirstStockMayComeLater) {
    const CouponId id = offer(a_coupon());
    const StockChange stocked =
        must(coupons().change_stock(id, InventoryKind::stocked, 1, "", noon));
    EXPECT_EQ(stocked.event.value().sequence, Sequence{1});
    EXPECT_EQ(ask(id, Asking("alice")).outcome, IssueOutcome::issued);
}

TEST_P(StockContract, AChangeThatTheRulesRefuseLeavesNoEvent) {
    const CouponId id = offer(a_coupon().with_stock(5));
    const StockChange too_low =
        must(coupons().change_stock(id, InventoryKind::adjusted, -6, "", noon));
    EXPECT_EQ(too_low.outcome, StockChange::Outcome::below_zero);
    EXPECT_EQ(too_low.event, std::nullopt);
    EXPECT_EQ(too_low.stock, 5);

    const StockChange too_large =
        must(coupons().change_stock(id, InventoryKind::stocked, domain::number_max - 4, "", noon));
    EXPECT_EQ(too_large.outcome, StockChange::Outcome::too_large);
    EXPECT_EQ(too_large.stock, 5);

    EXPECT_EQ(
        must(coupons().change_stock(CouponId{404}, InventoryKind::stocked, 1, "", noon)).outcome,
        StockChange::Outcome::coupon_not_found);
    EXPECT_EQ(history_of(id).size(), 1U);
    EXPECT_EQ(balance_of(id), (Balance{Sequence{1}, 5, 0}));
}

TEST_P(StockContract, AStockReachesBothOfItsEnds) {
    const CouponId id = offer(a_coupon().with_stock(5));
    EXPECT_EQ(must(coupons().change_stock(id, InventoryKind::adjusted, -5, "", noon)).stock, 0);
    EXPECT_EQ(must(coupons().change_stock(id, InventoryKind::stocked, domain::number_max, "", noon))
                  .stock,
              domain::number_max);
}

TEST_P(StockContract, TakingAwayFromManySidesNeverPassesZero) {
    const CouponId id = offer(a_coupon().with_stock(30));
    const auto take_away = [&] {
        int appended = 0;
        for (int i = 0; i < 10; ++i) {
            const auto change =
                must(coupons().change_stock(id, InventoryKind::adjusted, -2, "", noon));
            if (change.outcome == StockChange::Outcome::appended) ++appended;
        }
        return appended;
    };
    std::vector<std::future<int>> sides;
    for (int i = 0; i < 3; ++i) sides.push_back(std::async(std::launch::async, take_away));
    int appended = 0;
    for (auto& side : sides) appended += side.get();
    EXPECT_EQ(appended, 15);
    EXPECT_EQ(balance_of(id), (Balance{Sequence{16}, 0, 0}));
}

// Taking back.

TEST_P(StockContract, WhatIsTakenBackIsInStockAgain) {
    const CouponId id = offer(a_coupon().with_stock(1));
    ask(id, Asking("alice", "k-1"));
    const TakeBack taken = must(coupons().take_back({id, Sequence{2}}, "mistake", noon + 9s));

    EXPECT_EQ(taken.outcome, TakeBack::Outcome::returned);
    auto expected =
        test::stream(id.value).stocked(1).issued("alice").at(noon + 9s).returned("alice").events();
    expected[2].reason = "mistake";
    EXPECT_EQ(taken.event, expected[2]);
    const auto registered =
        test::a_registration().of("alice").coupon(id.value).with_key("k-1").returned().registered();
    EXPECT_EQ(taken.registered, registered);

    reopen();
    EXPECT_EQ(history_of(id).back(), expected[2]);
    EXPECT_EQ(live_events_of(id).back(), expected[2]);
    EXPECT_THAT(registrations_of(id), ElementsAre(registered));
    EXPECT_EQ(balance_of(id), (Balance{Sequence{3}, 1, 1}));
}

TEST_P(StockContract, WhoGaveOneBackMayHaveAnother) {
    const CouponId id = offer(a_coupon().with_stock(1));
    ask(id, Asking("alice"));
    must(coupons().take_back({id, Sequence{2}}, "", noon));
    const auto again = ask(id, Asking("alice"));
    ASSERT_EQ(again.outcome, IssueOutcome::issued);
    EXPECT_EQ(again.create->nth, 2);
    EXPECT_EQ(again.create->rank, 2);
    EXPECT_EQ(registrations_of(id).size(), 2U);
}

TEST_P(StockContract, ACouponIsTakenBackOnce) {
    const CouponId id = offer(a_coupon().with_stock(1));
    ask(id, Asking("alice"));
    must(coupons().take_back({id, Sequence{2}}, "", noon));
    const TakeBack again = must(coupons().take_back({id, Sequence{2}}, "", noon + 1s));
    EXPECT_EQ(again.outcome, TakeBack::Outcome::already_returned);
    EXPECT_EQ(again.event, std::nullopt);
    ASSERT_TRUE(again.registered.has_value());
    EXPECT_EQ(again.registered->user_id, user("alice"));
    EXPECT_EQ(again.registered->status, domain::RegistrationStatus::returned);
    EXPECT_EQ(history_of(id).size(), 3U);
}

TEST_P(StockContract, TakingTheSameOneBackFromManySidesReturnsItOnce) {
    const CouponId id = offer(a_coupon().with_stock(1));
    ask(id, Asking("alice"));
    std::vector<std::future<TakeBack>> sides;
    for (int i = 0; i < 4; ++i) {
        sides.push_back(std::async(std::launch::async, [&] {
            return must(coupons().take_back({id, Sequence{2}}, "", noon));
        }));
    }
    int returned = 0;
    for (auto& side : sides) returned += side.get().outcome == TakeBack::Outcome::returned ? 1 : 0;
    EXPECT_EQ(returned, 1);
    EXPECT_EQ(balance_of(id), (Balance{Sequence{3}, 1, 1}));
}

TEST_P(StockContract, WhatWasNeverIssuedIsNotTakenBack) {
    const CouponId id = offer(a_coupon().with_stock(1));
    for (const RegistrationId wrong : {RegistrationId{id, Sequence{1}},  // a `stocked` event
                                       RegistrationId{id, Sequence{2}},  // not there yet
                                       RegistrationId{CouponId{404}, Sequence{2}}}) {
        const TakeBack nothing = must(coupons().take_back(wrong, "", noon));
        EXPECT_EQ(nothing.outcome, TakeBack::Outcome::not_found) << wrong.text();
        EXPECT_EQ(nothing.registered, std::nullopt);
    }
    ask(id, Asking("alice"));
    must(coupons().take_back({id, Sequence{2}}, "", noon));
    EXPECT_EQ(must(coupons().take_back({id, Sequence{3}}, "", noon)).outcome,
              TakeBack::Outcome::not_found)
        << "a `returned` event bears the user's name and is no registration";
}

// Reading the stream.

TEST_P(StockContract, EventsAreReadBySequencePageByPage) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask_together(id, {Asking("a"), Asking("b"), Asking("c"), Asking("d")});
    const CouponId other = offer(a_coupon().with_stock(9));
    ask(other, Asking("a"));

    for (const std::size_t page_size : {1U, 2U, 3U, 5U, 6U}) {
        std::vector<std::int64_t> live;
        std::vector<std::int64_t> kept;
        for (Sequence after{0};;) {
            const auto page = must(coupons().live_events(id, after, page_size));
            for (const auto sequence : sequences_of(page.rows)) live.push_back(sequence);
            ASSERT_EQ(page.has_more, live.size() < 5);
            if (!page.has_more) break;
            after = page.rows.back().sequence;
        }
        for (Sequence after{0};;) {
            const auto page = must(coupons().history(id, noon - 1h, noon + 1h, after, page_size));
            for (const auto sequence : sequences_of(page.rows)) kept.push_back(sequence);
            ASSERT_EQ(page.has_more, kept.size() < 5);
            if (!page.has_more) break;
            after = page.rows.back().sequence;
        }
        EXPECT_THAT(live, ElementsAre(1, 2, 3, 4, 5)) << "pages of " << page_size;
        EXPECT_EQ(kept, live) << "pages of " << page_size;
    }
}

TEST_P(StockContract, HistoryIsReadWithinBothMomentsInclusive) {
    const CouponId id = offer(a_coupon().with_stock(9));  // 1 at noon
    ask(id, Asking("a", noon + 1s));                      // 2
    ask(id, Asking("b", noon + 2s));                      // 3
    ask(id, Asking("c", noon + 3s));                      // 4
    const auto within = [&](base::Instant from, base::Instant to) {
        return sequences_of(must(coupons().history(id, from, to, Sequence{0}, 10)).rows);
    };
    EXPECT_THAT(within(noon + 1s, noon + 2s), ElementsAre(2, 3));
    EXPECT_THAT(within(noon + 1s + one_tick, noon + 3s - one_tick), ElementsAre(3));
    EXPECT_THAT(within(noon, noon), ElementsAre(1));
    EXPECT_THAT(within(noon + 3s + one_tick, noon + 1h), ElementsAre());
    EXPECT_THAT(within(base::earliest_instant(), base::latest_instant()), ElementsAre(1, 2, 3, 4));

    const auto page = must(coupons().history(id, noon + 1s, noon + 2s, Sequence{0}, 2));
    EXPECT_FALSE(page.has_more) << "what follows lies outside of the period";
    EXPECT_THAT(sequences_of(must(coupons().history(id, noon, noon + 3s, Sequence{2}, 1)).rows),
                ElementsAre(3));
}

TEST_P(StockContract, TheBalanceIsToldForEveryMoment) {
    const CouponId id = offer(a_coupon().with_stock(9));  // 1 at noon
    ask(id, Asking("a", noon + 1s));                      // 2
    ask(id, Asking("b", noon + 3s));                      // 3
    const auto check = [&] {
        EXPECT_EQ(must(coupons().balance_at(id, noon - one_tick)), Balance{});
        EXPECT_EQ(must(coupons().balance_at(id, noon)), (Balance{Sequence{1}, 9, 0}));
        EXPECT_EQ(must(coupons().balance_at(id, noon + 1s - one_tick)),
                  (Balance{Sequence{1}, 9, 0}));
        EXPECT_EQ(must(coupons().balance_at(id, noon + 1s)), (Balance{Sequence{2}, 8, 1}));
        EXPECT_EQ(must(coupons().balance_at(id, noon + 2s)), (Balance{Sequence{2}, 8, 1}));
        EXPECT_EQ(must(coupons().balance_at(id, noon + 24h)), (Balance{Sequence{3}, 7, 2}));
    };
    check();
    compact(compactions(), noon + 24h);
    check();
    EXPECT_EQ(must(coupons().balance_at(CouponId{404}, noon)), Balance{});
}

TEST_P(StockContract, TheBalanceGoesBySequenceWhereTheClockJumpedBack) {
    const CouponId id = offer(a_coupon().with_stock(9));  // 1 at noon
    ask(id, Asking("a", noon + 5s));                      // 2
    ask(id, Asking("b", noon + 2s));                      // 3
    EXPECT_EQ(must(coupons().balance_at(id, noon + 2s)), (Balance{Sequence{3}, 7, 2}));
    EXPECT_EQ(must(coupons().balance_at(id, noon + 1s)), (Balance{Sequence{1}, 9, 0}));
}

TEST_P(StockContract, ACompactionFoldsTheLiveEventsAndNotTheHistory) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask_together(id, {Asking("a"), Asking("b")});
    const auto before = history_of(id);
    compact(compactions(), noon + 1s);
    ask(id, Asking("c", noon + 2s));

    EXPECT_EQ(
        live_events_of(id),
        test::stream(id.value).at(noon).cumulative(3, 7, 2).at(noon + 2s).issued("c").events());
    auto after = history_of(id);
    after.pop_back();
    EXPECT_EQ(after, before);
    EXPECT_THAT(sequences_of(must(coupons().live_events(id, Sequence{3}, 10)).rows),
                ElementsAre(4));
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StockContract);

}  // namespace dibs::contract
