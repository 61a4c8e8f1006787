// Goal: what is appended to a coupon's books is wholly kept at the commit, or leaves no trace; and
// nobody ever writes at a place that somebody else took.
// Method: decide by the rules, append, and look: before and without a commit, from other threads,
// and after the store was opened again.

#include "contract/suites.h"

#include <gmock/gmock.h>

namespace dibs::contract {
namespace {

using base::FailureKind;
using domain::Balance;
using domain::CouponId;
using domain::IssueOutcome;
using domain::RegisteredCouponCreate;
using domain::Sequence;
using repository::Books;
using repository::OpenCoupon;
using test::a_coupon;
using test::Asking;
using test::decide_and_append;
using test::kind_of;
using test::must;
using test::noon;
using test::user;

using namespace std::chrono_literals;

TEST_P(BooksContract, AnUnknownCouponOpensEmpty) {
    const auto books = must(coupons().open_books());
    const domain::UserId alice = user("alice");
    const OpenCoupon opened = must(books->open(CouponId{404}, std::vector{&alice}));
    EXPECT_FALSE(opened.coupon.has_value());
    EXPECT_TRUE(opened.holdings.of(alice).empty());
}

TEST_P(BooksContract, ACouponOpensAtItsHeadWithItsTerms) {
    const CouponId id = offer(a_coupon().named("Tea").limit(3).with_stock(5));
    ask(id, Asking("alice"));

    const auto books = must(coupons().open_books());
    const OpenCoupon opened = must(books->open(id, {}));
    ASSERT_TRUE(opened.coupon.has_value());
    EXPECT_EQ(opened.coupon->balance(), (Balance{Sequence{2}, 4, 1}));
    EXPECT_EQ(opened.coupon->terms(), a_coupon().named("Tea").limit(3).terms(id.value));
}

TEST_P(BooksContract, ACouponThatNeverHadStockOpensAtZero) {
    const CouponId id = offer(a_coupon());
    const auto books = must(coupons().open_books());
    EXPECT_EQ(must(books->open(id, {})).coupon.value().balance(), Balance{});
}

TEST_P(BooksContract, WhatIsNotCommittedLeavesNoTrace) {
    const CouponId id = offer(a_coupon().with_stock(5));
    {
        const auto books = must(coupons().open_books());
        ASSERT_EQ(decide_and_append(*books, id, {Asking("alice")}).front().outcome,
                  IssueOutcome::issued);
    }
    for (int look = 0; look < 2; ++look) {
        EXPECT_EQ(balance_of(id), (Balance{Sequence{1}, 5, 0}));
        EXPECT_EQ(live_events_of(id).size(), 1U);
        EXPECT_EQ(history_of(id).size(), 1U);
        EXPECT_TRUE(registrations_of(id).empty());
        reopen();
    }
    EXPECT_EQ(ask(id, Asking("bob")).create->sequence, Sequence{2}) << "the place is still free";
}

TEST_P(BooksContract, ACommittedGroupIsWhollyThereAfterOpeningTheStoreAgain) {
    const CouponId id = offer(a_coupon().with_stock(5));
    ask_together(id, {Asking("alice", "k-1", noon + 1s), Asking("bob", noon + 2s)});
    reopen();

    EXPECT_EQ(balance_of(id), (Balance{Sequence{3}, 3, 2}));
    const auto expected = test::stream(id.value)
                              .stocked(5)
                              .at(noon + 1s)
                              .issued("alice")
                              .at(noon + 2s)
                              .issued("bob")
                              .events();
    auto kept = history_of(id);
    EXPECT_EQ(live_events_of(id), kept);
    ASSERT_EQ(kept.size(), 3U);
    kept.front().reason.clear();  // What `create` gives as the reason is its own business.
    EXPECT_EQ(kept, expected);

    auto alice = test::a_registration().of("alice").coupon(id.value).sequence(2).with_key("k-1");
    auto bob = test::a_registration().of("bob").coupon(id.value).sequence(3).rank(2);
    auto of_alice = alice.registered();
    auto of_bob = bob.registered();
    of_alice.registered_at = noon + 1s;
    of_bob.registered_at = noon + 2s;
    EXPECT_THAT(registrations_of(id), testing::ElementsAre(of_alice, of_bob));
}

TEST_P(BooksContract, SeveralCouponsShareOneCommit) {
    if (store().group_scope() == repository::GroupScope::one_coupon) {
        GTEST_SKIP() << "here each coupon's stream is written in a transaction of its own";
    }
    const CouponId tea = offer(a_coupon().named("Tea").with_stock(5));
    const CouponId cake = offer(a_coupon().named("Cake").with_stock(5));
    {
        const auto books = must(coupons().open_books());
        decide_and_append(*books, tea, {Asking("alice"), Asking("bob")});
        decide_and_append(*books, cake, {Asking("alice")});
        EXPECT_EQ(balance_of(tea).issued, 0);
        must(books->commit());
    }
    reopen();
    EXPECT_EQ(balance_of(tea).issued, 2);
    EXPECT_EQ(balance_of(cake).issued, 1);
}

TEST_P(BooksContract, BooksKnowWhatTheseUsersHoldOfThisCoupon) {
    const CouponId id = offer(a_coupon().limit(2).with_stock(9));
    const CouponId other = offer(a_coupon().limit(2).with_stock(9));
    ask_together(id, {Asking("alice", "first"), Asking("bob"), Asking("alice", "second")});
    ask(other, Asking("alice"));
    must(coupons().take_back({id, Sequence{2}}, "", noon));

    const auto books = must(coupons().open_books());
    const domain::UserId alice = user("alice");
    const domain::UserId carol = user("carol");
    const OpenCoupon opened = must(books->open(id, std::vector{&alice, &carol}));
    const auto of_alice = opened.holdings.of(alice);
    ASSERT_EQ(of_alice.size(), 2U);
    EXPECT_EQ(of_alice[0], test::a_registration()
                               .of("alice")
                               .coupon(id.value)
                               .sequence(2)
                               .with_key("first")
                               .returned()
                               .registered());
    EXPECT_EQ(of_alice[1], test::a_registration()
                               .of("alice")
                               .coupon(id.value)
                               .sequence(4)
                               .nth(2)
                               .rank(3)
                               .with_key("second")
                               .registered());
    EXPECT_TRUE(opened.holdings.of(carol).empty());
    EXPECT_TRUE(opened.holdings.of(user("bob")).empty()) << "bob was not asked for";
}

TEST_P(BooksContract, AUserWhoIsNamedTwiceHoldsNoMoreForIt) {
    const CouponId id = offer(a_coupon().limit(2).with_stock(9));
    ask(id, Asking("alice"));

    const auto books = must(coupons().open_books());
    const domain::UserId once = user("alice");
    const domain::UserId again = user("alice");
    const OpenCoupon opened = must(books->open(id, std::vector{&once, &again, &once}));
    EXPECT_EQ(opened.holdings.of(once).size(), 1U);
}

TEST_P(BooksContract, UsersAreToldApartByEveryByte) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask(id, Asking("Alice"));
    ask(id, Asking("alice "));
    ask(id, Asking("alice%"));
    EXPECT_EQ(ask(id, Asking("alice")).outcome, IssueOutcome::issued);
}

// An append is conditional on its place: whoever believes in an old head is refused.

RegisteredCouponCreate create_at(CouponId id, std::int64_t sequence, std::int64_t stock_after,
                                 std::int64_t rank) {
    return {.coupon_id = id,
            .sequence = Sequence{sequence},
            .user_id = user("mallory"),
            .nth = 1,
            .rank = rank,
            .stock_after = stock_after,
            .idempotency_key = std::nullopt,
            .registered_at = noon};
}

/// What becomes of an append, wherever the store says it.
base::Result<void> append_and_commit(Books& books, const RegisteredCouponCreate& create) {
    if (auto appended = books.append(std::vector{create}); !appended) return appended;
    return books.commit();
}

TEST_P(BooksContract, AnAppendAtAWrongPlaceIsRefused) {
    const CouponId id = offer(a_coupon().with_stock(5));
    ask(id, Asking("alice"));
    const Balance before = balance_of(id);
    const struct {
        const char* what;
        RegisteredCouponCreate create;
    } wrong[] = {
        {"a place that is taken", create_at(id, 2, 4, 1)},
        {"the first place", create_at(id, 1, 4, 1)},
        {"a gap", create_at(id, 4, 3, 2)},
        {"no place at all", create_at(id, 0, 3, 2)},
        {"a stock that does not follow", create_at(id, 3, 4, 2)},
        {"a rank that does not follow", create_at(id, 3, 3, 1)},
        {"a coupon without a stream", create_at(CouponId{404}, 1, -1, 1)},
    };
    for (const auto& [what, create] : wrong) {
        const auto books = must(coupons().open_books());
        EXPECT_EQ(kind_of(append_and_commit(*books, create)), FailureKind::refused) << what;
    }
    EXPECT_EQ(balance_of(id), before);
    EXPECT_EQ(history_of(id).size(), 2U);
    EXPECT_EQ(registrations_of(id).size(), 1U);
}

TEST_P(BooksContract, AStockBelowZeroIsRefusedWhateverTheRulesSaid) {
    const CouponId id = offer(a_coupon().with_stock(1));
    ask(id, Asking("alice"));
    const auto books = must(coupons().open_books());
    EXPECT_EQ(kind_of(append_and_commit(*books, create_at(id, 3, -1, 2))), FailureKind::refused);
}

TEST_P(BooksContract, AUsersNthIsTakenOnce) {
    const CouponId id = offer(a_coupon().with_stock(5));
    ask(id, Asking("mallory"));
    const auto books = must(coupons().open_books());
    EXPECT_EQ(kind_of(append_and_commit(*books, create_at(id, 3, 3, 2))), FailureKind::refused);
}

TEST_P(BooksContract, ARefusedAppendSpoilsNothingForWhoComesNext) {
    const CouponId id = offer(a_coupon().with_stock(5));
    {
        const auto books = must(coupons().open_books());
        decide_and_append(*books, id, {Asking("alice")});
        ASSERT_FALSE(append_and_commit(*books, create_at(id, 2, 4, 1)));
    }
    EXPECT_EQ(ask(id, Asking("bob")).create->sequence, Sequence{2});
    reopen();
    EXPECT_EQ(history_of(id).size(), 2U);
}

TEST_P(BooksContract, AGroupOfNobodyChangesNothing) {
    const CouponId id = offer(a_coupon().with_stock(5));
    const auto books = must(coupons().open_books());
    must(books->append({}));
    must(books->commit());
    EXPECT_EQ(balance_of(id), (Balance{Sequence{1}, 5, 0}));
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BooksContract);

}  // namespace dibs::contract
