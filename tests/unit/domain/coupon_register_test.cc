// Goal: whoever asks for a coupon is told what the rules say, and where several rules speak, what
// the first of them says.
// Method: one coupon in memory per rule, asked at the rule's very edge; then every pair of rules
// that can hold at once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/coupon.h"
#include "support/builders.h"
#include "support/printing.h"

namespace dibs::domain {
namespace {

using test::a_coupon;
using test::a_registration;
using test::Asking;
using test::key;
using test::noon;
using test::one_tick;
using test::user;
using testing::ElementsAre;
using testing::IsEmpty;

using namespace std::chrono_literals;

IssueDecision ask(Coupon& coupon, const Asking& asking,
                  const std::vector<RegisteredCoupon>& held = {}) {
    return coupon.register_(asking.request(), held);
}

TEST(CouponRegister, WhoComesInTimeGetsTheNextOne) {
    Coupon coupon = a_coupon().with_stock(3).open(42);
    const IssueDecision decision = ask(coupon, Asking("alice", "k-1", noon + 5s));
    EXPECT_EQ(decision.outcome, IssueOutcome::issued);
    EXPECT_THAT(decision.held, IsEmpty());
    ASSERT_TRUE(decision.create.has_value());
    EXPECT_EQ(decision.create->coupon_id, CouponId{42});
    EXPECT_EQ(decision.create->sequence, Sequence{2});
    EXPECT_EQ(decision.create->user_id, user("alice"));
    EXPECT_EQ(decision.create->nth, 1);
    EXPECT_EQ(decision.create->rank, 1);
    EXPECT_EQ(decision.create->stock_after, 2);
    EXPECT_EQ(decision.create->idempotency_key, key("k-1"));
    EXPECT_EQ(decision.create->registered_at, noon + 5s);
    EXPECT_EQ(coupon.balance(), (Balance{Sequence{2}, 2, 1}));
}

TEST(CouponRegister, TheLastOneGoesOutAndThenItIsSoldOut) {
    Coupon coupon = a_coupon().with_stock(1).open();
    const IssueDecision last = ask(coupon, Asking("alice"));
    EXPECT_EQ(last.outcome, IssueOutcome::issued);
    EXPECT_EQ(last.create.value().stock_after, 0);
    const IssueDecision one_too_many = ask(coupon, Asking("bob"));
    EXPECT_EQ(one_too_many.outcome, IssueOutcome::sold_out);
    EXPECT_FALSE(one_too_many.create.has_value());
    EXPECT_EQ(coupon.balance(), (Balance{Sequence{2}, 0, 1}));
}

TEST(CouponRegister, ACouponThatWasNeverStockedIsSoldOut) {
    Coupon coupon = a_coupon().open();
    EXPECT_EQ(ask(coupon, Asking("alice")).outcome, IssueOutcome::sold_out);
    EXPECT_EQ(coupon.balance(), Balance{});
}

TEST(CouponRegister, TheWindowIsOpenFromItsFirstMomentToItsLast) {
    const auto window = a_coupon().from(noon).to(noon + 1h).with_stock(9);
    const auto outcome_at = [&](base::Instant at) {
        Coupon coupon = window.open();
        return ask(coupon, Asking("alice", at)).outcome;
    };
    EXPECT_EQ(outcome_at(noon - one_tick), IssueOutcome::not_started);
    EXPECT_EQ(outcome_at(noon), IssueOutcome::issued);
    EXPECT_EQ(outcome_at(noon + 1h), IssueOutcome::issued);
    EXPECT_EQ(outcome_at(noon + 1h + one_tick), IssueOutcome::ended);
}

TEST(CouponRegister, AWindowMayBeASingleMoment) {
    Coupon coupon = a_coupon().from(noon).to(noon).with_stock(9).open();
    EXPECT_EQ(ask(coupon, Asking("alice", noon - one_tick)).outcome, IssueOutcome::not_started);
    EXPECT_EQ(ask(coupon, Asking("alice", noon + one_tick)).outcome, IssueOutcome::ended);
    EXPECT_EQ(ask(coupon, Asking("alice", noon)).outcome, IssueOutcome::issued);
}

TEST(CouponRegister, WhoIsRefusedChangesNothing) {
    Coupon coupon = a_coupon().with_stock(9).open();
    const Balance before = coupon.balance();
    ask(coupon, Asking("early", noon - 1s));
    ask(coupon, Asking("late", noon + 25h));
    ask(coupon, Asking("alice"), {a_registration().of("alice").registered()});
    ask(coupon, Asking("alice", "k"), {a_registration().of("alice").with_key("k").registered()});
    EXPECT_EQ(coupon.balance(), before);
}

// The limit per user.

TEST(CouponRegister, ALimitOfOneIsReachedByOne) {
    Coupon coupon = a_coupon().with_stock(9).open();
    const auto held = a_registration().of("alice").registered();
    const IssueDecision decision = ask(coupon, Asking("alice"), {held});
    EXPECT_EQ(decision.outcome, IssueOutcome::already_registered);
    EXPECT_FALSE(decision.create.has_value());
    EXPECT_THAT(decision.held, ElementsAre(held));
}

TEST(CouponRegister, ALimitOfThreeIsReachedByThree) {
    Coupon coupon = a_coupon().limit(3).with_stock(9).open();
    std::vector<RegisteredCoupon> held;
    for (std::int64_t nth = 1; nth <= 3; ++nth) {
        const IssueDecision decision = ask(coupon, Asking("alice"), held);
        ASSERT_EQ(decision.outcome, IssueOutcome::issued);
        EXPECT_EQ(decision.create->nth, nth);
        EXPECT_EQ(decision.create->rank, nth);
        held.push_back(to_registered(*decision.create));
    }
    const IssueDecision one_too_many = ask(coupon, Asking("alice"), held);
    EXPECT_EQ(one_too_many.outcome, IssueOutcome::already_registered);
    EXPECT_EQ(one_too_many.held, held);
}

TEST(CouponRegister, WhatWasTakenBackIsNotCountedButItsNthIsNotGivenAgain) {
    Coupon coupon = a_coupon().limit(2).with_stock(9).open();
    const auto first = a_registration().nth(1).returned().registered();
    const auto second = a_registration().nth(2).sequence(3).registered();
    const IssueDecision decision = ask(coupon, Asking("alice"), {first, second});
    ASSERT_EQ(decision.outcome, IssueOutcome::issued);
    EXPECT_EQ(decision.create->nth, 3);
}

TEST(CouponRegister, WhoIsRefusedForTheLimitIsToldWhatTheyHoldAndNotWhatTheyGaveBack) {
    Coupon coupon = a_coupon().limit(1).with_stock(9).open();
    const auto given_back = a_registration().nth(1).returned().registered();
    const auto kept = a_registration().nth(2).sequence(4).registered();
    EXPECT_THAT(ask(coupon, Asking("alice"), {given_back, kept}).held, ElementsAre(kept));
}

TEST(CouponRegister, TheNthGoesByTheHighestWhateverTheOrder) {
    Coupon coupon = a_coupon().limit(9).with_stock(9).open();
    const auto third = a_registration().nth(3).sequence(7).registered();
    const auto first = a_registration().nth(1).sequence(2).registered();
    EXPECT_EQ(ask(coupon, Asking("alice"), {third, first}).create.value().nth, 4);
}

TEST(CouponRegister, RanksCountIssuesAndRestocksLeaveNoHoles) {
    Coupon coupon = a_coupon().with_stock(1).open();
    EXPECT_EQ(ask(coupon, Asking("alice")).create.value().rank, 1);
    ASSERT_TRUE(coupon.change_stock(InventoryKind::stocked, 5, "", noon).has_value());
    static_cast<void>(coupon.take_back(a_registration().registered(), "", noon));
    const IssueDecision second = ask(coupon, Asking("bob"));
    EXPECT_EQ(second.create.value().rank, 2);
    EXPECT_EQ(second.create.value().sequence, Sequence{5});
}

// Keys.

TEST(CouponRegister, TheSameKeyGetsTheSameCouponAgain) {
    Coupon coupon = a_coupon().limit(5).with_stock(9).open();
    const auto first = a_registration().nth(1).with_key("k-1").registered();
    const auto second = a_registration().nth(2).sequence(3).with_key("k-2").registered();
    const IssueDecision again = ask(coupon, Asking("alice", "k-2"), {first, second});
    EXPECT_EQ(again.outcome, IssueOutcome::replayed);
    EXPECT_FALSE(again.create.has_value());
    EXPECT_THAT(again.held, ElementsAre(second));
}

TEST(CouponRegister, AnotherKeyOrNoneIsAnotherRequest) {
    Coupon coupon = a_coupon().limit(5).with_stock(9).open();
    const auto with_key = a_registration().with_key("k-1").registered();
    const auto without = a_registration().registered();
    EXPECT_EQ(ask(coupon, Asking("alice", "k-2"), {with_key}).outcome, IssueOutcome::issued);
    EXPECT_EQ(ask(coupon, Asking("alice"), {with_key}).outcome, IssueOutcome::issued);
    EXPECT_EQ(ask(coupon, Asking("alice"), {without}).outcome, IssueOutcome::issued)
        << "no key is not the same key as no key";
    EXPECT_EQ(ask(coupon, Asking("alice", "K-1"), {with_key}).outcome, IssueOutcome::issued);
}

TEST(CouponRegister, AKeyIsAnsweredEvenIfItsCouponWasTakenBack) {
    Coupon coupon = a_coupon().with_stock(9).open();
    const auto returned = a_registration().with_key("k-1").returned().registered();
    const IssueDecision again = ask(coupon, Asking("alice", "k-1"), {returned});
    EXPECT_EQ(again.outcome, IssueOutcome::replayed);
    EXPECT_THAT(again.held, ElementsAre(returned));
}

// Precedence: what is true of the asker goes from the last rule to the first, and the first wins.

struct Situation {
    bool has_key = false;
    bool is_at_limit = false;
    bool is_sold_out = false;
    bool is_early = false;
    bool is_late = false;
};

IssueOutcome expected_in(const Situation& situation) {
    if (situation.has_key) return IssueOutcome::replayed;
    if (situation.is_at_limit) return IssueOutcome::already_registered;
    if (situation.is_sold_out) return IssueOutcome::sold_out;
    if (situation.is_early) return IssueOutcome::not_started;
    if (situation.is_late) return IssueOutcome::ended;
    return IssueOutcome::issued;
}

IssueOutcome outcome_in(const Situation& situation) {
    Coupon coupon = a_coupon().with_stock(situation.is_sold_out ? 0 : 1).open();
    std::vector<RegisteredCoupon> held;
    if (situation.is_at_limit) held.push_back(a_registration().registered());
    if (situation.has_key) {
        held.push_back(a_registration().nth(2).with_key("k").returned().registered());
    }
    const base::Instant at = situation.is_early ? noon - 1s : noon + (situation.is_late ? 25h : 0h);
    return ask(coupon, Asking("alice", "k", at), held).outcome;
}

TEST(CouponRegister, OfAllRulesThatSpeakTheFirstIsTheAnswer) {
    int situation_count = 0;
    for (unsigned bits = 0; bits < 32; ++bits) {
        const Situation situation{.has_key = (bits & 1) != 0,
                                  .is_at_limit = (bits & 2) != 0,
                                  .is_sold_out = (bits & 4) != 0,
                                  .is_early = (bits & 8) != 0,
                                  .is_late = (bits & 16) != 0};
        if (situation.is_early && situation.is_late) continue;
        EXPECT_EQ(outcome_in(situation), expected_in(situation)) << "situation " << bits;
        ++situation_count;
    }
    EXPECT_EQ(situation_count, 24);
}

TEST(CouponRegister, AnsweringIsDecidedInTheOrderOfTheOutcomes) {
    EXPECT_LT(IssueOutcome::coupon_not_found, IssueOutcome::replayed);
    EXPECT_LT(IssueOutcome::replayed, IssueOutcome::already_registered);
    EXPECT_LT(IssueOutcome::already_registered, IssueOutcome::sold_out);
    EXPECT_LT(IssueOutcome::sold_out, IssueOutcome::not_started);
    EXPECT_LT(IssueOutcome::not_started, IssueOutcome::ended);
    EXPECT_LT(IssueOutcome::ended, IssueOutcome::issued);
}

}  // namespace
}  // namespace dibs::domain
