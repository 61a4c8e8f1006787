// Goal: whoever asks for what they hold finds all of it, as it is now, whatever the filling of the
// listings has come to; and what is filled is read from one server.
// Method: a store of two servers with nobody who fills, so that each test says what was filled and
// what wasn't; a filler that is refused its last step is one that died before it.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repository/sharded_store.h"
#include "support/listing.h"
#include "support/postgres_server.h"
#include "support/printing.h"
#include "support/shop.h"

namespace dibs::repository {
namespace {

using domain::CouponId;
using domain::RegistrationStatus;
using domain::Sequence;
using domain::UserId;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using test::user;
using testing::ElementsAre;
using testing::ElementsAreArray;

using namespace std::chrono_literals;

class ShardedListings : public testing::Test {
protected:
    std::unique_ptr<ShardedStore> open() const {
        return must(ShardedStore::open(urls_, {.allows_fsync_off = true, .fills_listings = false}));
    }
    CouponRepository& coupons() { return store_->coupons(); }

    /// Fills until nothing is due.
    void fill() {
        for (std::size_t place = 0; place < urls_.size(); ++place) {
            while (must(store_->filler().fill_from(place)) > 0) {
            }
        }
    }
    std::string psql(std::size_t place, const std::string& sql) const {
        return test::PostgresServer::shared().psql(urls_[place], sql);
    }
    int count(std::size_t place, const char* table) const {
        return std::stoi(psql(place, fmt::format("SELECT count(*) FROM {}", table)));
    }
    int due() const { return count(0, "listing_due") + count(1, "listing_due"); }

    /// What the user's listing shows, page by page: `ids`, or `ids names status`.
    std::vector<std::string> ids_of(const UserId& who, std::size_t page_size = 100) {
        std::vector<std::string> ids;
        std::optional<ListingPlace> after;
        while (true) {
            const auto page = must(test::list_registered(coupons(), who, after, page_size));
            for (const auto& row : page.rows) ids.push_back(row.registered.id().text());
            if (!page.has_more) return ids;
            const auto& last = page.rows.back().registered;
            after = ListingPlace{last.registered_at, last.id()};
        }
    }
    RegisteredWithTerms only_one_of(const UserId& who) {
        auto rows = must(test::list_registered(coupons(), who, std::nullopt, 10)).rows;
        EXPECT_EQ(rows.size(), 1U);
        return rows.at(0);
    }
    void rename(CouponId id, const char* name) {
        domain::CouponPatch patch;
        patch.name = name;
        must(coupons().patch(
            id, patch, [](const domain::CouponTerms&) { return base::Result<void>(); }, noon));
    }

    const std::vector<std::string> urls_{test::PostgresServer::shared().fresh_schema(),
                                         test::PostgresServer::shared().fresh_schema()};
    const base::SystemClock clock_;
    std::unique_ptr<ShardedStore> store_ = open();
    test::RepositoryShop shop_{store_->coupons()};
    const CouponId first_ = shop_.offer(a_coupon().named("Tea").limit(99).with_stock(999));
    const CouponId second_ = shop_.offer(a_coupon().named("Cake").limit(9).with_stock(999));
};

TEST_F(ShardedListings, CouponsTakeTurnsAtTheServers) {
    EXPECT_NE(ShardMap(2).place_of(first_), ShardMap(2).place_of(second_));
    EXPECT_EQ(count(0, "coupon"), 1);
    EXPECT_EQ(count(1, "coupon"), 1);
}

TEST_F(ShardedListings, ShowWhatNobodyHasFilled) {
    shop_.ask(first_, Asking("alice", noon));
    shop_.ask(second_, Asking("alice", noon + 1s));
    EXPECT_THAT(ids_of(user("alice")),
                ElementsAre(fmt::format("{}-2", second_.value), fmt::format("{}-2", first_.value)));
    EXPECT_EQ(count(0, "listed_registration") + count(1, "listed_registration"), 0);
}

TEST_F(ShardedListings, ShowWhatWasFilledFromOneServer) {
    for (int i = 0; i < 20; ++i) {
        const std::string name = "user-" + std::to_string(i);
        shop_.ask(first_, Asking(name, noon));
        shop_.ask(second_, Asking(name, noon));
    }
    EXPECT_EQ(due(), 40);
    fill();
    EXPECT_EQ(due(), 0);
    EXPECT_EQ(count(0, "listed_registration") + count(1, "listed_registration"), 40);
    for (int i = 0; i < 20; ++i) {
        const UserId who = user("user-" + std::to_string(i));
        const auto before = store_->facts().statement_count;
        EXPECT_EQ(ids_of(who).size(), 2U);
        EXPECT_EQ(store_->facts().statement_count - before, 3U)
            << "what is due at two servers, and one listing";
        const std::size_t place = ShardMap(2).place_of(who);
        EXPECT_EQ(psql(1 - place, fmt::format("SELECT count(*) FROM listed_registration"
                                              " WHERE user_id = '{}'",
                                              who.text())),
                  "0");
    }
}

TEST_F(ShardedListings, HaveTheNewestWhileTheFillingLags) {
    std::vector<std::string> expected;
    for (int i = 0; i < 12; ++i) {
        const CouponId id = i % 3 == 0 ? second_ : first_;
        const auto decision =
            shop_.ask(id, Asking("alice", "key-" + std::to_string(i), noon + i * 1s));
        const Sequence sequence = decision.create.value().sequence;
        expected.insert(expected.begin(), fmt::format("{}-{}", id.value, sequence.value));
        // One in four is followed by a portion of the filling, of one server alone.
        if (i % 4 == 3) must(store_->filler().fill_from(i == 7 ? 0U : 1U));
        for (const std::size_t page_size : {1U, 2U, 5U, 20U}) {
            ASSERT_THAT(ids_of(user("alice"), page_size), ElementsAreArray(expected))
                << "pages of " << page_size << " after " << i;
        }
    }
    EXPECT_GT(due(), 0) << "there was something to be filled to the end";
    EXPECT_GT(count(0, "listed_registration") + count(1, "listed_registration"), 0);
}

TEST_F(ShardedListings, SayAtOnceThatOneWasTakenBack) {
    shop_.ask(first_, Asking("alice"));
    fill();
    EXPECT_EQ(only_one_of(user("alice")).registered.status, RegistrationStatus::active);
    must(coupons().take_back({first_, Sequence{2}}, "", noon));
    EXPECT_EQ(only_one_of(user("alice")).registered.status, RegistrationStatus::returned);
    fill();
    EXPECT_EQ(only_one_of(user("alice")).registered.status, RegistrationStatus::returned);
    EXPECT_EQ(due(), 0);
}

TEST_F(ShardedListings, ShowACouponAtOnceAsItIsAnnouncedNow) {
    for (const char* name : {"alice", "bob", "carol", "dave"}) shop_.ask(first_, Asking(name));
    fill();
    rename(first_, "Green tea");
    for (const char* name : {"alice", "bob", "carol", "dave"}) {
        EXPECT_EQ(only_one_of(user(name)).terms->name, "Green tea") << name;
    }
    fill();
    EXPECT_EQ(due(), 0);
    for (const char* name : {"alice", "bob", "carol", "dave"}) {
        EXPECT_EQ(only_one_of(user(name)).terms->name, "Green tea") << name << ", filled";
    }
}

TEST_F(ShardedListings, AreFilledOnceMoreWhereTheFillerDiedBeforeItSaidSo) {
    for (int i = 0; i < 5; ++i) shop_.ask(first_, Asking("alice", "k" + std::to_string(i), noon));
    const std::size_t place = ShardMap(2).place_of(first_);
    const auto listed = ids_of(user("alice"));
    psql(place,
         "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
         " $$ BEGIN RAISE EXCEPTION 'died'; END $$;"
         "CREATE TRIGGER dies BEFORE DELETE ON listing_due EXECUTE FUNCTION die()");
    EXPECT_FALSE(store_->filler().fill_from(place));
    EXPECT_EQ(count(ShardMap(2).place_of(user("alice")), "listed_registration"), 5)
        << "it had come that far";
    EXPECT_EQ(ids_of(user("alice")), listed) << "each once, though it is in two places now";
    EXPECT_GT(count(place, "listing_due"), 0);

    psql(place, "DROP TRIGGER dies ON listing_due");
    must(coupons().take_back({first_, Sequence{2}}, "", noon));
    rename(first_, "Green tea");
    store_ = open();  // Another process goes on.
    fill();
    EXPECT_EQ(due(), 0);
    EXPECT_EQ(ids_of(user("alice")), listed);
    const auto rows = must(test::list_registered(coupons(), user("alice"), std::nullopt, 10)).rows;
    EXPECT_EQ(rows.back().registered.status, RegistrationStatus::returned);
    EXPECT_EQ(rows.back().terms->name, "Green tea");
}

// Who reads before a change and writes after somebody who has read after it.
TEST_F(ShardedListings, AreNeverFilledBackwards) {
    shop_.ask(first_, Asking("alice"));
    fill();
    const auto old_row = only_one_of(user("alice"));
    must(coupons().take_back({first_, Sequence{2}}, "", noon));
    rename(first_, "Green tea");
    fill();
    PostgresPool pool(
        {.url = urls_[ShardMap(2).place_of(user("alice"))], .connections_max = 2, .patience = 5s},
        clock_);
    must(PostgresListing(pool, pool).put({{old_row.registered}, {{*old_row.terms, 1}}}));
    EXPECT_EQ(only_one_of(user("alice")).registered.status, RegistrationStatus::returned);
    EXPECT_EQ(only_one_of(user("alice")).terms->name, "Green tea");
}

TEST_F(ShardedListings, AreFilledByAThreadThatEndsWhenItIsTold) {
    store_->filler().start();
    for (int i = 0; i < 50; ++i) shop_.ask(first_, Asking("user-" + std::to_string(i)));
    // However far the thread has come, everybody finds theirs.
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(ids_of(user("user-" + std::to_string(i))).size(), 1U);
    }
    while (due() > 0) {
    }
    store_->filler().stop();
    shop_.ask(first_, Asking("late"));
    EXPECT_EQ(due(), 1);
    EXPECT_EQ(ids_of(user("late")).size(), 1U);
}

TEST_F(ShardedListings, AskAServerOnlyForThoseWhoMayHaveSomethingDueThere) {
    shop_.ask(first_, Asking("alice"));
    UserMarks marks;
    marks.add(user("alice"));
    ASSERT_FALSE(marks.may_have(user("bob"))) << "choose another name";
    const auto cost_of = [&](const char* name) {
        const auto before = store_->facts().statement_count;
        ids_of(user(name));
        return store_->facts().statement_count - before;
    };
    EXPECT_EQ(cost_of("alice"), 4U);
    EXPECT_EQ(cost_of("bob"), 3U);
    rename(first_, "Green tea");
    EXPECT_EQ(cost_of("bob"), 4U) << "anybody may hold one that bears another name now";
    fill();
    EXPECT_EQ(cost_of("alice"), 3U);
}

TEST_F(ShardedListings, ThatAreReadTogetherCostAFewRoundTripsHoweverManyTheyAre) {
    std::vector<ListingQuery> queries;
    for (int i = 0; i < 20; ++i) {
        const std::string name = "user-" + std::to_string(i);
        shop_.ask(first_, Asking(name, noon));
        shop_.ask(second_, Asking(name, noon + 1s));
        queries.push_back({user(name), std::nullopt, 10});
    }
    const auto before = store_->facts().round_trip_count;
    const auto listings = coupons().list_registered(queries);
    EXPECT_LE(store_->facts().round_trip_count - before, 3 * urls_.size())
        << "of each server what is due, what is held there, and what was filled";
    ASSERT_EQ(listings.size(), queries.size());
    for (std::size_t i = 0; i < queries.size(); ++i) {
        ASSERT_EQ(must(listings[i]).rows.size(), 2U) << i;
        for (const auto& row : listings[i]->rows) {
            EXPECT_EQ(row.registered.user_id, queries[i].user);
        }
    }
}

TEST_F(ShardedListings, AskForEverybodyWhereMoreIsDueThanIsLookedAt) {
    UserMarks marks;
    marks.add(user("alice"));
    ASSERT_FALSE(marks.may_have(user("bob"))) << "choose another name";
    // All that one look sees is alice's, and bob's comes after it.
    for (std::size_t i = 0; i <= PostgresListing::due_max; ++i) {
        shop_.ask(first_, Asking("alice", "key-" + std::to_string(i), noon));
    }
    shop_.ask(first_, Asking("bob"));
    EXPECT_EQ(ids_of(user("bob")).size(), 1U);
    EXPECT_EQ(ids_of(user("alice")).size(), 1 + PostgresListing::due_max);
}

TEST_F(ShardedListings, AreNobodysBusinessWhereNothingWasKept) {
    {
        const auto books = must(coupons().open_books());
        test::decide_and_append(*books, first_, {Asking("alice")});
    }
    EXPECT_EQ(due(), 0);
    EXPECT_TRUE(ids_of(user("alice")).empty());
}

}  // namespace
}  // namespace dibs::repository
