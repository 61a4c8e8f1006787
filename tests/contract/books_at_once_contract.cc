// Goal: whoever else writes or reads meanwhile, an append is at its own place, a decision is made
// on what was really there, and nobody who reads waits for who writes. Method: books held open
// beside readers and other openers on threads of their own; sales at which everybody asks at once.

#include <gtest/gtest.h>

#include <future>
#include <set>

#include "contract/suites.h"
#include "support/listing.h"
#include "support/scenario.h"

namespace dibs::contract {
namespace {

using domain::Balance;
using domain::CouponId;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::decide_and_append;
using test::must;
using test::user;

using namespace std::chrono_literals;

TEST_P(BooksContract, ReadersSeeOnlyWhatIsCommittedAndDoNotWaitForOpenBooks) {
    const CouponId id = offer(a_coupon().with_stock(5));
    const auto books = must(coupons().open_books());
    decide_and_append(*books, id, {Asking("alice")});

    const auto look = [&] {
        return std::async(std::launch::async, [&] {
            static_cast<void>(registrations_of(id).size());
            static_cast<void>(must(coupons().list(CouponId{0}, 10)));
            static_cast<void>(
                must(test::list_registered(coupons(), user("alice"), std::nullopt, 10)));
            return balance_of(id);
        });
    };
    auto seen = look();
    // It ends while the books are held open; the patience is only for a machine that is busy.
    ASSERT_EQ(seen.wait_for(30s), std::future_status::ready);
    EXPECT_EQ(seen.get(), (Balance{Sequence{1}, 5, 0}));
    must(books->commit());
    EXPECT_EQ(look().get(), (Balance{Sequence{2}, 4, 1}));
}

TEST_P(BooksContract, WhoOpensTheBooksSecondFindsWhatTheFirstOneWrote) {
    const CouponId id = offer(a_coupon().with_stock(5));
    auto first = must(coupons().open_books());
    decide_and_append(*first, id, {Asking("alice")});
    std::promise<void> is_coming;
    auto second = std::async(std::launch::async, [&] {
        is_coming.set_value();
        const auto books = must(coupons().open_books());
        const domain::UserId bob = user("bob");
        return must(books->open(id, std::vector{&bob})).coupon.value().balance();
    });
    is_coming.get_future().wait();
    must(first->commit());
    first.reset();
    EXPECT_EQ(second.get(), (Balance{Sequence{2}, 4, 1}));
}

TEST_P(BooksContract, NoTwoThreadsEverAppendAtTheSamePlace) {
    test::RepositoryShop shop(coupons());
    auto sale = given(shop, a_coupon().with_stock(60));
    sale.when(test::users(100).ask_at_once()).then(test::issued(60), test::sold_out(40));

    std::set<std::int64_t> sequences;
    std::set<std::int64_t> ranks;
    for (const auto& decision : sale.decisions()) {
        if (!decision.create) continue;
        sequences.insert(decision.create->sequence.value);
        ranks.insert(decision.create->rank);
    }
    EXPECT_EQ(sequences.size(), 60U);
    EXPECT_EQ(ranks.size(), 60U);
    EXPECT_EQ(*ranks.begin(), 1);
    EXPECT_EQ(*ranks.rbegin(), 60);
    EXPECT_EQ(balance_of(sale.coupon_id()), (Balance{Sequence{61}, 0, 60}));
    EXPECT_EQ(registrations_of(sale.coupon_id()).size(), 60U);
}

TEST_P(BooksContract, NobodyPassesTheLimitByComingFromManySides) {
    test::RepositoryShop shop(coupons());
    given(shop, a_coupon().with_stock(100).limit(2))
        .when(test::users(10).times(6).ask_at_once())
        .then(test::issued(20), test::already_registered(40));
}

}  // namespace

}  // namespace dibs::contract
