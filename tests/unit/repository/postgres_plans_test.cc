// Goal: what is done over PostgreSQL costs the same however long the books are, also on a database
// that has no statistics yet, and a group costs two round trips.
// Method: a server that writes the plan of every statement it runs into its log, those inside the
// guards included; a store that does everything there is to do; and the log, read back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "repository/sharded_store.h"
#include "support/listing.h"
#include "support/postgres_server.h"
#include "support/shop.h"

namespace dibs::repository {
namespace {

using domain::CouponId;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using test::user;

using namespace std::chrono_literals;

class PostgresPlans : public testing::Test {
protected:
    std::unique_ptr<Store> open() {
        return must(open_store(url_, {.role = "test", .call_at = {}}, {.allows_fsync_off = true}));
    }

    /// The plans of everything that was run so far. Taking them is a statement, too.
    [[nodiscard]] std::string plans() {
        return server_.psql("SELECT pg_read_file(pg_current_logfile())");
    }

    test::PostgresServer server_{
        test::PostgresServer::Disk::fast,
        {"logging_collector = on", "shared_preload_libraries = 'auto_explain'",
         "auto_explain.log_min_duration = 0", "auto_explain.log_nested_statements = on",
         // Nobody gathers statistics behind the test's back.
         "autovacuum = off"}};
    std::string url_ = server_.fresh_database();
    std::unique_ptr<Store> store_ = open();
};

void do_everything(Store& store) {
    test::RepositoryShop shop(store.coupons());
    const CouponId id = shop.offer(a_coupon().limit(2).with_stock(100));
    shop.ask_together(id, {Asking("alice"), Asking("bob"), Asking("alice")});
    shop.ask(id, Asking("carol"));
    CouponRepository& coupons = store.coupons();
    must(coupons.find(id));
    must(coupons.list(CouponId{0}, 10));
    must(coupons.list_open(noon, std::nullopt, 10));
    must(coupons.terms_at(id, Sequence{2}));
    must(test::list_registered(coupons, user("alice"), std::nullopt, 10));
    must(coupons.find_registered(user("alice"), {id, Sequence{2}}));
    must(coupons.live_events(id, Sequence{1}, 10));
    must(coupons.history(id, noon, noon, Sequence{1}, 10));
    must(coupons.balance_at(id, noon));
    must(coupons.registrations(id, Sequence{1}, 10));
    must(coupons.patch(
        id, {}, [](const domain::CouponTerms&) { return base::Result<void>(); }, noon));
    must(coupons.change_stock(id, domain::InventoryKind::stocked, 1, "", noon));
    must(coupons.take_back({id, Sequence{2}}, "", noon));
    CompactionRepository& compactions = store.compactions();
    const auto run = must(compactions.claim(noon + 1h, CompactionTrigger::command, noon)).run;
    must(compactions.lead(run));
    must(compactions.add_points(run, must(compactions.find_points(noon + 1h, CouponId{0}, 10))));
    must(compactions.freeze(run));
    const auto portion = must(compactions.next_portion(run, 10));
    must(
        compactions.replace(run, must(portion.events.reduce_to_cumulative()), portion.event_count));
    must(compactions.finish(run, noon));
}

TEST_F(PostgresPlans, NothingWalksATableOfTheBooks) {
    // More than five times each: from then on PostgreSQL may keep one plan for good.
    for (int i = 0; i < 7; ++i) do_everything(*store_);
    const std::string log = plans();
    static const std::regex books(
        "(Seq|Bitmap Heap) Scan on (coupon_inventory_history|coupon_inventory|registered_coupon|"
        "coupon_terms|coupon)\\b");
    std::smatch found;
    EXPECT_FALSE(std::regex_search(log, found, books))
        << found.str() << found.suffix().str().substr(0, 600);
    // It was all there to be found, the guards' own looks included.
    for (const char* part : {"coupon_inventory_history_pkey", "registered_coupon_pkey",
                             "coupon_inventory_pkey", "coupon_by_opening", "FROM added"}) {
        EXPECT_THAT(log, testing::HasSubstr(part));
    }
}

TEST_F(PostgresPlans, NothingWalksATableWhereAStoreIsSeveralServers) {
    const auto store =
        must(ShardedStore::open({server_.fresh_database(), server_.fresh_database()},
                                {.allows_fsync_off = true, .fills_listings = false}));
    for (int i = 0; i < 7; ++i) {
        do_everything(*store);
        for (const std::size_t place : {0U, 1U}) must(store->filler().fill_from(place));
        must(test::list_registered(store->coupons(), user("alice"), std::nullopt, 10));
    }
    const std::string log = plans();
    static const std::regex tables(
        "(Seq|Bitmap Heap) Scan on (coupon_inventory_history|coupon_inventory|registered_coupon|"
        "coupon_terms|coupon|listing_due|listed_registration|listed_coupon)\\b");
    std::smatch found;
    EXPECT_FALSE(std::regex_search(log, found, tables))
        << found.str() << found.suffix().str().substr(0, 600);
    for (const char* part :
         {"listing_due_pkey", "listed_registration_pkey", "listed_coupon_pkey"}) {
        EXPECT_THAT(log, testing::HasSubstr(part));
    }
}

// A planner that knows nothing of a table takes it for small, and of an EXISTS for many rows it
// then makes a hash of all of it.
TEST_F(PostgresPlans, NoGuardReadsAWholeTableToJudgeALargeGroup) {
    test::RepositoryShop shop(store_->coupons());
    const CouponId id = shop.offer(a_coupon().limit(2).with_stock(1'000));
    std::vector<Asking> group;
    for (int i = 0; i < 256; ++i) group.emplace_back(std::to_string(i));
    shop.ask_together(id, group);
    shop.ask_together(id, group);
    EXPECT_THAT(plans(), testing::HasSubstr("added.nth > 1"));
    EXPECT_THAT(plans(), testing::Not(testing::HasSubstr("hashed SubPlan")));
}

TEST_F(PostgresPlans, TheTestSeesATableThatIsWalked) {
    must(store_->coupons().create(a_coupon().with_stock(1).create(), noon));
    server_.psql(url_, "SELECT count(*) FROM registered_coupon WHERE rank = 1");
    EXPECT_THAT(plans(), testing::HasSubstr("Seq Scan on registered_coupon"));
}

TEST_F(PostgresPlans, AGroupCostsTwoRoundTrips) {
    test::RepositoryShop shop(store_->coupons());
    const CouponId id = shop.offer(a_coupon().with_stock(1'000));
    shop.ask(id, Asking("first"));
    for (const std::size_t size : {1U, 10U, 256U}) {
        std::vector<Asking> group;
        for (std::size_t i = 0; i < size; ++i) {
            group.emplace_back(std::to_string(size) + "-" + std::to_string(i));
        }
        const auto before = store_->facts();
        shop.ask_together(id, group);
        const auto after = store_->facts();
        EXPECT_EQ(after.round_trip_count - before.round_trip_count, 2U) << size;
        EXPECT_EQ(after.statement_count - before.statement_count, 8U)
            << "BEGIN, lock, head, holders; three inserts, COMMIT";
    }
}

TEST_F(PostgresPlans, AGroupCostsNoMoreRoundTripsWhereAStoreIsSeveralServers) {
    const auto store =
        must(ShardedStore::open({server_.fresh_database(), server_.fresh_database()},
                                {.allows_fsync_off = true, .fills_listings = false}));
    test::RepositoryShop shop(store->coupons());
    const CouponId id = shop.offer(a_coupon().with_stock(1'000));
    shop.ask(id, Asking("first"));
    const auto before = store->facts();
    shop.ask_together(id, {Asking("a"), Asking("b"), Asking("c")});
    const auto after = store->facts();
    EXPECT_EQ(after.round_trip_count - before.round_trip_count, 2U);
    EXPECT_EQ(after.statement_count - before.statement_count, 9U)
        << "as on one server, and what is due to the listings";
}

TEST_F(PostgresPlans, ARefusedGroupWritesNothingAndCostsTwoAsWell) {
    test::RepositoryShop shop(store_->coupons());
    const CouponId id = shop.offer(a_coupon().with_stock(1));
    shop.ask(id, Asking("first"));
    const auto before = store_->facts();
    EXPECT_EQ(shop.ask(id, Asking("late")).outcome, domain::IssueOutcome::sold_out);
    EXPECT_LE(store_->facts().round_trip_count - before.round_trip_count, 2U);
}

}  // namespace
}  // namespace dibs::repository
