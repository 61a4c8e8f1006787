// Goal: everybody finds what they hold, all of it, once, newest first, and nothing of anybody else.
// Method: a few users with registrations that tie in time and differ in coupon, read page by page
// with pages of every size.

#include <gmock/gmock.h>

#include <algorithm>
#include <tuple>

#include "contract/suites.h"
#include "support/listing.h"

namespace dibs::contract {
namespace {

using domain::CouponId;
using domain::RegisteredCoupon;
using domain::RegistrationId;
using domain::RegistrationStatus;
using domain::Sequence;
using domain::UserId;
using repository::ListingPlace;
using repository::ListingQuery;
using repository::RegisteredWithTerms;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using test::user;
using testing::ElementsAre;

using namespace std::chrono_literals;

std::vector<std::string> ids_of(const std::vector<RegisteredWithTerms>& rows) {
    std::vector<std::string> ids;
    for (const RegisteredWithTerms& row : rows) ids.push_back(row.registered.id().text());
    return ids;
}

TEST_P(RegistrationsContract, AUsersListingIsNewestFirstPageByPage) {
    const auto made = register_alice();
    // Newest first; at a tie the larger id first.
    std::vector<std::string> expected;
    for (const std::size_t i : {3U, 0U, 2U, 1U, 4U}) expected.push_back(made[i].text());

    for (const std::size_t page_size : {1U, 2U, 3U, 4U, 5U, 6U}) {
        std::vector<std::string> listed;
        std::optional<ListingPlace> after;
        while (true) {
            const auto page =
                must(test::list_registered(coupons(), user("alice"), after, page_size));
            EXPECT_LE(page.rows.size(), page_size);
            for (const auto& id : ids_of(page.rows)) listed.push_back(id);
            ASSERT_EQ(page.has_more, listed.size() < expected.size());
            if (!page.has_more) break;
            const RegisteredCoupon& last = page.rows.back().registered;
            after = ListingPlace{last.registered_at, last.id()};
        }
        EXPECT_EQ(listed, expected) << "pages of " << page_size;
    }
}

TEST_P(RegistrationsContract, WhoIsRegisteredIsListedBySequencePageByPage) {
    const auto made = register_alice();
    const CouponId tea = made[1].coupon_id;
    for (const std::size_t page_size : {1U, 2U, 5U, 6U, 7U}) {
        std::vector<std::int64_t> ranks;
        for (Sequence after{0};;) {
            const auto page = must(coupons().registrations(tea, after, page_size));
            for (const RegisteredCoupon& row : page.rows) {
                EXPECT_EQ(row.coupon_id, tea);
                EXPECT_EQ(row.user_id, user(row.rank % 2 == 1 ? "bob" : "alice"));
                ranks.push_back(row.rank);
            }
            ASSERT_EQ(page.has_more, ranks.size() < 6);
            if (!page.has_more) break;
            after = page.rows.back().sequence;
        }
        EXPECT_THAT(ranks, ElementsAre(1, 2, 3, 4, 5, 6)) << "pages of " << page_size;
    }
}

TEST_P(RegistrationsContract, WhatArrivesBetweenTwoPagesMovesNothing) {
    const auto made = register_alice();
    const auto first = must(test::list_registered(coupons(), user("alice"), std::nullopt, 2));
    ask(made[0].coupon_id, Asking("alice", noon + 1h));
    const RegisteredCoupon& last = first.rows.back().registered;
    const auto second = must(test::list_registered(coupons(), user("alice"),
                                                   ListingPlace{last.registered_at, last.id()}, 9));
    EXPECT_THAT(ids_of(second.rows), ElementsAre(made[2].text(), made[1].text(), made[4].text()));
}

TEST_P(RegistrationsContract, EachIsShownWithItsCouponAsItIsAnnouncedNow) {
    const auto builder = a_coupon().named("Tea").with_stock(1);
    const CouponId id = offer(builder);
    ask(id, Asking("alice", "k-1", noon + 3s));
    domain::CouponPatch patch;
    patch.name = "Green tea";
    must(coupons().patch(
        id, patch, [](const domain::CouponTerms&) { return base::Result<void>(); }, noon));

    auto registered =
        test::a_registration().of("alice").coupon(id.value).with_key("k-1").registered();
    registered.registered_at = noon + 3s;
    auto terms = builder.terms(id.value);
    terms.name = "Green tea";
    for (int look = 0; look < 2; ++look) {
        const auto listed =
            must(test::list_registered(coupons(), user("alice"), std::nullopt, 10)).rows;
        ASSERT_EQ(listed.size(), 1U);
        EXPECT_EQ(listed.front().registered, registered);
        EXPECT_EQ(*listed.front().terms, terms);
        const auto found = must(coupons().find_registered(user("alice"), registered.id()));
        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(found->registered, registered);
        EXPECT_EQ(*found->terms, terms);
        reopen();
    }
}

TEST_P(RegistrationsContract, NobodySeesWhatIsSomebodyElses) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask(id, Asking("alice"));
    ask(id, Asking("bob"));
    EXPECT_EQ(ids_of(must(test::list_registered(coupons(), user("bob"), std::nullopt, 10)).rows),
              std::vector{(RegistrationId{id, Sequence{3}}.text())});
    for (const char* name : {"carol", "ALICE", "alic", "alice%", "_lice"}) {
        EXPECT_TRUE(
            must(test::list_registered(coupons(), user(name), std::nullopt, 10)).rows.empty());
        EXPECT_FALSE(must(coupons().find_registered(user(name), {id, Sequence{2}})).has_value());
    }
    EXPECT_FALSE(must(coupons().find_registered(user("bob"), {id, Sequence{2}})).has_value());
}

TEST_P(RegistrationsContract, ListingsThatAreReadTogetherAreEachTheirOwn) {
    register_alice();
    const auto all = must(test::list_registered(coupons(), user("alice"), std::nullopt, 10)).rows;
    const RegisteredCoupon& second = all[1].registered;
    const std::vector<ListingQuery> queries{
        {user("bob"), std::nullopt, 10},
        {user("alice"), std::nullopt, 2},
        {user("nobody"), std::nullopt, 10},
        {user("alice"), ListingPlace{second.registered_at, second.id()}, 10},
        {user("alice"), std::nullopt, 2}};
    const auto listings = coupons().list_registered(queries);
    ASSERT_EQ(listings.size(), queries.size());
    for (std::size_t i = 0; i < queries.size(); ++i) {
        const auto alone = must(test::list_registered(coupons(), queries[i].user, queries[i].after,
                                                      queries[i].count_max));
        ASSERT_TRUE(listings[i]) << i;
        EXPECT_EQ(ids_of(listings[i]->rows), ids_of(alone.rows)) << i;
        EXPECT_EQ(listings[i]->has_more, alone.has_more) << i;
        for (const RegisteredWithTerms& row : listings[i]->rows) {
            EXPECT_EQ(row.registered.user_id, queries[i].user) << i;
            EXPECT_EQ(row.terms->id, row.registered.coupon_id) << i;
        }
    }
    EXPECT_EQ(listings[1]->rows.size(), 2U);
    EXPECT_EQ(listings[3]->rows.size(), all.size() - 2);
    EXPECT_TRUE(coupons().list_registered({}).empty());
}

TEST_P(RegistrationsContract, WhatIsNotARegistrationIsNotFound) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask(id, Asking("alice"));
    for (const RegistrationId wrong :
         {RegistrationId{id, Sequence{1}}, RegistrationId{id, Sequence{3}},
          RegistrationId{CouponId{404}, Sequence{2}}}) {
        EXPECT_FALSE(must(coupons().find_registered(user("alice"), wrong)).has_value());
    }
    EXPECT_TRUE(registrations_of(CouponId{404}).empty());
}

TEST_P(RegistrationsContract, WhatWasTakenBackIsStillListedAndSaysSo) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask(id, Asking("alice"));
    must(coupons().take_back({id, Sequence{2}}, "", noon));
    const auto listed =
        must(test::list_registered(coupons(), user("alice"), std::nullopt, 10)).rows;
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed.front().registered.status, RegistrationStatus::returned);
    EXPECT_EQ(
        must(coupons().find_registered(user("alice"), {id, Sequence{2}})).value().registered.status,
        RegistrationStatus::returned);
    EXPECT_EQ(registrations_of(id).front().status, RegistrationStatus::returned);
}

TEST_P(RegistrationsContract, ACompactionTakesNobodysCouponAway) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask_together(id, {Asking("alice"), Asking("bob")});
    const auto before = registrations_of(id);
    compact(compactions(), noon + 1h);
    EXPECT_EQ(registrations_of(id), before);
    EXPECT_TRUE(must(coupons().find_registered(user("alice"), {id, Sequence{2}})).has_value());
    EXPECT_EQ(must(coupons().take_back({id, Sequence{3}}, "", noon)).outcome,
              repository::TakeBack::Outcome::returned);
}

}  // namespace

std::vector<RegistrationId> RegistrationsContract::register_alice() {
    const CouponId tea = offer(a_coupon().named("Tea").limit(9).with_stock(9).from(noon - 1h));
    const CouponId cake = offer(a_coupon().named("Cake").limit(9).with_stock(9).from(noon - 1h));
    std::vector<RegistrationId> made;
    for (const auto& [coupon_id, at] :
         {std::tuple{cake, noon}, std::tuple{tea, noon}, std::tuple{tea, noon},
          std::tuple{tea, noon + 1s}, std::tuple{cake, noon - 1s}}) {
        const auto decisions = ask_together(coupon_id, {Asking("bob", at), Asking("alice", at)});
        made.push_back({coupon_id, decisions.at(1).create.value().sequence});
    }
    return made;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RegistrationsContract);

}  // namespace dibs::contract
