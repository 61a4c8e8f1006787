// Goal: yesterday's store is taken over by today's binary with every row as it was, wherever the
// taking over is cut short; tomorrow's is refused in one line and left as it is (R19 of the
// reliability trials).
// Method: a store of the oldest schema, its rows put there by SQL as that schema's binary wrote
// them; today's schema with one step more; a migration on a simulated disk that dies at each of its
// calls and loses the power.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/log.h"
#include "crash/trial.h"
#include "repository/migrations.h"
#include "support/shop.h"

namespace dibs::crash {
namespace {

using database::SqliteConnection;
using domain::CouponId;
using repository::Migration;
using test::DiskCall;
using test::Fate;
using test::must;
using testing::HasSubstr;
using testing::Not;

// Coupon 1: ten in stock, two issued, both folded, one of them returned, one more issued. Coupon 2:
// nothing yet. Noon of 2026-11-27 is 1795780800000000.
constexpr const char* rows_of_schema_1 = R"(
INSERT INTO coupon VALUES
    (1, 'Yesterday 50%', 'of old', 1795780800000000, 1795867200000000, 2, 1795780700000000),
    (2, 'Nothing yet', '', 1795780800000000, 1795867200000000, 1, 1795780700000001);
INSERT INTO coupon_terms VALUES
    (1, 1, 0, 'Yesterday 50%', 'of old', 1795780800000000, 1795867200000000, 2, 1795780700000000),
    (2, 1, 0, 'Nothing yet', '', 1795780800000000, 1795867200000000, 1, 1795780700000001);
INSERT INTO coupon_inventory_history VALUES
    (1, 1, 'stocked',  10, 10, 0, NULL,    'created',    1795780700000000),
    (1, 2, 'issued',   -1,  9, 1, 'alice', '',           1795780800000001),
    (1, 3, 'issued',   -1,  8, 2, 'bob',   '',           1795780800000002),
    (1, 4, 'returned',  1,  9, 2, 'alice', 'given back', 1795780900000000),
    (1, 5, 'issued',   -1,  8, 3, 'carol', '',           1795781000000000);
INSERT INTO coupon_inventory VALUES
    (1, 1, 0, 'stocked', 10, 10, 0, NULL,    'created', 1795780700000000),
    (1, 2, 0, 'issued',  -1,  9, 1, 'alice', '',        1795780800000001),
    (1, 3, 0, 'issued',  -1,  8, 2, 'bob',   '',        1795780800000002);
INSERT INTO coupon_inventory VALUES
    (1, 3, 1, 'cumulative', 8, 8, 2, NULL, '', 1795780800000002);
DELETE FROM coupon_inventory WHERE coupon_id = 1 AND is_cumulative = 0;
INSERT INTO coupon_inventory VALUES
    (1, 4, 0, 'returned', 1, 9, 2, 'alice', 'given back', 1795780900000000),
    (1, 5, 0, 'issued',  -1, 8, 3, 'carol', '',           1795781000000000);
INSERT INTO registered_coupon VALUES
    ('alice', 1, 1, 2, 1, 'key-a', 1795780800000001, 'returned'),
    ('bob',   1, 1, 3, 2, NULL,    1795780800000002, 'active'),
    ('carol', 1, 1, 5, 3, NULL,    1795781000000000, 'active');
INSERT INTO inventory_compaction VALUES
    (1, 1795780850000000, 'scheduler', 1795780860000000, 1795780861000000, 1, 3, 1, 1);
)";

class Upgrade : public testing::Test {
protected:
    Upgrade() { base::log::set_level(base::log::Level::error); }

    /// As the first release left it.
    void lay_down_the_oldest() {
        auto connection = must(SqliteConnection::open(path_, SqliteConnection::Mode::write));
        must(connection.execute("PRAGMA page_size = 2048; PRAGMA journal_mode = WAL"));
        must(repository::migrate(connection, repository::sqlite_migrations().first(1), test::noon));
        must(connection.execute(rows_of_schema_1));
    }
    std::unique_ptr<repository::Store> open() {
        return must(repository::open_store(url_, {.role = "test", .call_at = {}}));
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("dibs.db");
    std::string url_ = "sqlite:" + path_;
};

TEST_F(Upgrade, TheOldestStoreIsTakenOverWithEveryRowAsItWas) {
    lay_down_the_oldest();
    const StoreRows before = must(read_rows(path_));
    ASSERT_EQ(before.history.size(), 5U);
    ASSERT_EQ(before.holders.size(), 3U);

    const auto report = must(repository::migrate_store(url_));
    EXPECT_EQ(report.from_number, 1);
    EXPECT_EQ(report.to_number, repository::sqlite_migrations().back().number);
    EXPECT_TRUE(must(read_rows(path_)) == before);

    const auto store = open();
    EXPECT_TRUE(store->check());
    EXPECT_THAT(verify_findings(*must(store->open_snapshot())), testing::IsEmpty());
}

TEST_F(Upgrade, TheOldestStoreGoesOnWhereItWas) {
    lay_down_the_oldest();
    const auto store = open();
    test::RepositoryShop shop(store->coupons());
    const auto again = shop.ask(CouponId{1}, test::Asking("alice", "key-a"));
    EXPECT_EQ(again.outcome, domain::IssueOutcome::replayed) << "yesterday's key";
    const auto next = shop.ask(CouponId{1}, test::Asking("dan"));
    EXPECT_EQ(next.create.value().sequence, domain::Sequence{6});
    EXPECT_EQ(next.create.value().rank, 4);
    EXPECT_EQ(next.create.value().stock_after, 7);
    EXPECT_THAT(verify_findings(*must(store->open_snapshot())), testing::IsEmpty());
}

TEST_F(Upgrade, TomorrowsStoreIsRefusedInOneLineAndLeftAsItIs) {
    lay_down_the_oldest();
    must(repository::migrate_store(url_));
    const StoreRows before = must(read_rows(path_));
    std::vector<Migration> tomorrow(repository::sqlite_migrations().begin(),
                                    repository::sqlite_migrations().end());
    tomorrow.push_back({tomorrow.back().number + 1, "tomorrow",
                        "ALTER TABLE coupon ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';"
                        "CREATE TABLE tomorrow (x INTEGER) STRICT;"});
    {
        auto connection = must(SqliteConnection::open(path_, SqliteConnection::Mode::write));
        must(repository::migrate(connection, tomorrow, test::noon));
    }
    EXPECT_TRUE(must(read_rows(path_)) == before) << "a step keeps the rows";

    const std::string bytes = test::read_file(path_);
    for (const base::Failure& failure :
         {repository::open_store(url_, {.role = "test", .call_at = {}}).failure(),
          repository::migrate_store(url_).failure(),
          repository::open_store_for_audit(url_).failure(),
          repository::open_store_to_copy(url_).failure(),
          repository::open_store_to_import(url_).failure()}) {
        EXPECT_EQ(failure.kind, base::FailureKind::invalid) << failure.what;
        EXPECT_THAT(failure.what, HasSubstr("newer dibs"));
        EXPECT_THAT(failure.what, Not(HasSubstr("\n")));
    }
    EXPECT_TRUE(test::read_file(path_) == bytes);
}

/// Opens the store until its `dies_at`-th call to the disk, and then the power goes. Whether it
/// died.
bool die_while_migrating(test::SimulatedSqliteFiles& files, const TrialPlace& place,
                         std::int64_t dies_at) {
    std::int64_t calls = 0;
    files.decide(
        [&](DiskCall, std::string_view) { return ++calls >= dies_at ? Fate::fails : Fate::works; });
    place.show_names();
    { const auto store = repository::open_store("sqlite:" + place.path(), {}); }
    test::Random random(static_cast<std::uint64_t>(dies_at));
    files.disk().lose_power(random, test::Remains::sectors);
    files.decide(nullptr);
    place.show_names();
    return calls >= dies_at;
}

TEST_F(Upgrade, AMigrationThatDiesAtAnyCallIsMadeAfterAll) {
    std::int64_t dies_at = 0;
    bool died = true;
    while (died) {
        test::SimulatedSqliteFiles files;
        const TrialPlace place(files);
        died = die_while_migrating(files, place, ++dies_at);
        const auto store =
            must(repository::open_store("sqlite:" + place.path(), {.role = "test", .call_at = {}}));
        ASSERT_TRUE(store->check()) << "died at call " << dies_at;
        test::RepositoryShop shop(store->coupons());
        const CouponId coupon = shop.offer(test::a_coupon().with_stock(1));
        ASSERT_EQ(shop.ask(coupon, test::Asking("alice")).outcome, domain::IssueOutcome::issued);
    }
    EXPECT_GT(dies_at, 20);
    fmt::print("a migration of {} calls to the disk died at each of them\n", dies_at - 1);
}

}  // namespace
}  // namespace dibs::crash
