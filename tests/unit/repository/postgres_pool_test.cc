// Goal: a pool replaces what died of age, and nothing else: a connection that was just made and
// breaks is a failure, told in time; and nobody writes to a server that did not pass.
// Method: a real server that is restarted between two uses, a statement that outlasts the patience,
// and inspections that are ordered to refuse.

#include "repository/postgres_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "repository/postgres_store.h"
#include "support/builders.h"
#include "support/moments.h"
#include "support/postgres_server.h"

namespace dibs::repository {
namespace {

using base::Failure;
using base::FailureKind;
using test::kind_of;
using test::must;
using test::PostgresServer;

using namespace std::chrono_literals;

const base::SystemClock pool_clock;

PostgresPoolOptions one_connection(std::chrono::milliseconds patience) {
    return {.url = PostgresServer::shared().url(), .connections_max = 1, .patience = patience};
}

TEST(PostgresPool, ReplacesAnIdleConnectionThatDied) {
    PostgresPool pool(one_connection(30s), pool_clock);
    EXPECT_EQ(must(pool.read_one({"SELECT 1", {}})).integer(0, 0), 1);
    PostgresServer::shared().restart();
    EXPECT_EQ(must(pool.read_one({"SELECT 2", {}})).integer(0, 0), 2);
    PostgresServer::shared().restart();
    const auto begun = must(pool.begin({{"SELECT 3", {}}}));
    ASSERT_EQ(begun.rows.size(), 1U);
    EXPECT_EQ(begun.rows[0].integer(0, 0), 3);
}

TEST(PostgresPool, HasNoPlanCompiled) {
    PostgresPool pool(one_connection(30s), pool_clock);
    EXPECT_EQ(must(pool.read_one({"SHOW jit", {}})).text(0, 0), "off");
}

TEST(PostgresPool, DoesNotTryAgainWhatBreaksANewConnection) {
    PostgresPool pool(one_connection(30s), pool_clock);
    const std::string ends_itself = "SELECT pg_terminate_backend(pg_backend_pid())";
    EXPECT_EQ(kind_of(pool.read_one({ends_itself, {}, false})), FailureKind::unavailable);
    EXPECT_EQ(pool.round_trip_count(), 1U);
}

TEST(PostgresPool, TriesOnceMoreWhatBreaksAnIdleOneAndThenTellsSo) {
    PostgresPool pool(one_connection(30s), pool_clock);
    must(pool.read_one({"SELECT 1", {}}));
    const std::string ends_itself = "SELECT pg_terminate_backend(pg_backend_pid())";
    EXPECT_EQ(kind_of(pool.read_one({ends_itself, {}, false})), FailureKind::unavailable);
    EXPECT_EQ(pool.round_trip_count(), 3U);
    EXPECT_EQ(must(pool.read_one({"SELECT 1", {}})).integer(0, 0), 1) << "the pool goes on";
}

TEST(PostgresPool, LendsNoMoreThanItMayAfterOneOfTwoFailed) {
    auto options = one_connection(1s);
    options.connections_max = 2;
    std::promise<void> first_is_connected;
    std::promise<void> second_has_failed;
    std::atomic<int> inspections = 0;
    options.inspect = [&](database::PostgresConnection&,
                          base::SteadyInstant) -> base::Result<void> {
        switch (inspections++) {
            case 0:
                first_is_connected.set_value();
                second_has_failed.get_future().wait();
                return {};
            case 1: return Failure{FailureKind::unavailable, "promises too little"};
            default: return {};
        }
    };
    PostgresPool pool(options, pool_clock);
    auto first = std::async(std::launch::async, [&] { return pool.lend(pool.deadline()); });
    first_is_connected.get_future().wait();
    EXPECT_EQ(kind_of(pool.lend(pool.deadline())), FailureKind::unavailable);
    second_has_failed.set_value();
    const auto one = must(first.get());
    const auto two = must(pool.lend(pool.deadline()));
    EXPECT_EQ(kind_of(pool.lend(pool.deadline())), FailureKind::unavailable) << "both are in use";
}

TEST(PostgresPool, LendsNoConnectionThatDidNotPass) {
    bool passes = false;
    auto options = one_connection(30s);
    options.inspect = [&](database::PostgresConnection& connection,
                          base::SteadyInstant deadline) -> base::Result<void> {
        must(connection.run({"SELECT 1", {}}, deadline));
        if (passes) return {};
        return Failure{FailureKind::unavailable, "promises too little"};
    };
    PostgresPool pool(options, pool_clock);
    EXPECT_EQ(kind_of(pool.lend(pool.deadline())), FailureKind::unavailable);
    passes = true;
    // The pause after a failure is a second at the longest.
    const auto deadline = pool_clock.steady_now() + 60s;
    bool is_lent = false;
    while (!is_lent && pool_clock.steady_now() < deadline)
        is_lent = pool.lend(pool.deadline()).is_ok();
    EXPECT_TRUE(is_lent);
}

TEST(PostgresStore, IsNotWrittenToOnceItsServerAcknowledgesBeforeItHasSynced) {
    PostgresServer& server = PostgresServer::shared();
    const std::string url = server.fresh_database();
    const StoreOptions options{.allows_fsync_off = true};
    const auto store = must(open_store(url, {.role = "test", .call_at = {}}, options));
    server.psql("ALTER ROLE postgres SET synchronous_commit = off");
    EXPECT_EQ(kind_of(store->check()), FailureKind::unavailable);
    server.psql("ALTER ROLE postgres RESET synchronous_commit");
}

TEST(PostgresStore, IsGrantedToTheServiceByEachMigrationThatIsAskedFor) {
    PostgresServer& server = PostgresServer::shared();
    const std::string url = server.fresh_database();
    must(migrate_postgres(url));
    server.psql("CREATE ROLE dibs_service");
    const auto can_read = [&] {
        return server.psql(url, "SELECT has_table_privilege('dibs_service', 'coupon', 'SELECT')");
    };
    EXPECT_EQ(can_read().substr(0, 1), "f");
    const auto again = must(migrate_postgres(url));
    EXPECT_EQ(again.from_number, again.to_number);
    EXPECT_EQ(can_read().substr(0, 1), "t");
    server.psql(url, "DROP OWNED BY dibs_service; DROP ROLE dibs_service");
}

TEST(PostgresStore, IsMadeByAllWhoStartAtOnceOnAnEmptyServer) {
    for (const std::string& url : PostgresServer::shared().fresh_schemas(10)) {
        std::vector<std::future<std::string>> starting;
        for (int i = 0; i < 4; ++i) {
            starting.push_back(std::async(std::launch::async, [&url]() -> std::string {
                const auto store = PostgresStore::open(url, {.allows_fsync_off = true});
                return store ? "started" : store.failure().what;
            }));
        }
        for (auto& started : starting) EXPECT_EQ(started.get(), "started");
    }
}

TEST(PostgresStore, SendsARoleThatMayUseNoSchemaToTheOwner) {
    PostgresServer& server = PostgresServer::shared();
    const std::string url = server.fresh_database();
    must(migrate_postgres(url));
    server.psql(url, "CREATE ROLE stranger LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC");
    std::string as_stranger = url;
    as_stranger.replace(as_stranger.find("postgres@"), 8, "stranger");
    const StoreOptions options{.allows_fsync_off = true};
    const auto store = open_store(as_stranger, {.role = "test", .call_at = {}}, options);
    EXPECT_EQ(kind_of(store), FailureKind::invalid);
    EXPECT_NE(store.failure().what.find("dibs migrate"), std::string::npos) << store.failure().what;
    server.psql("DROP ROLE stranger");
}

TEST(PostgresStore, TellsWhatAGuardRefusesFromWhatSomebodyElseTook) {
    PostgresServer& server = PostgresServer::shared();
    const std::string url = server.fresh_database();
    const StoreOptions options{.allows_fsync_off = true};
    const auto store = must(open_store(url, {.role = "test", .call_at = {}}, options));
    server.psql(url, "ALTER TABLE coupon ADD CONSTRAINT no_tea CHECK (name <> 'Tea')");
    const auto before = store->facts().round_trip_count;
    const auto refused =
        store->coupons().create(test::a_coupon().named("Tea").create(), test::noon);
    EXPECT_EQ(kind_of(refused), FailureKind::refused);
    // To begin, to commit, and to roll back: it would be refused again.
    EXPECT_EQ(store->facts().round_trip_count - before, 3U);

    // The next id is taken, and nobody can see by whom.
    server.psql(url,
                "CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                "  RAISE unique_violation; END $$;"
                "CREATE TRIGGER take BEFORE INSERT ON coupon"
                "  FOR EACH ROW EXECUTE FUNCTION take()");
    const auto taken = store->coupons().create(test::a_coupon().create(), test::noon);
    EXPECT_EQ(kind_of(taken), FailureKind::conflict);
}

TEST(PostgresStore, DoesNotWaitAgainForALockThatWasWaitedForInVain) {
    PostgresServer& server = PostgresServer::shared();
    const std::string url = server.fresh_database();
    const StoreOptions options{.patience = 500ms, .allows_fsync_off = true};
    const auto store = must(open_store(url, {.role = "test", .call_at = {}}, options));
    const auto coupon =
        must(store->coupons().create(test::a_coupon().with_stock(1).create(), test::noon));
    auto other = must(database::PostgresConnection::open(url, pool_clock.steady_now() + 30s));
    must(other.execute("BEGIN; SELECT 1 FROM coupon FOR UPDATE", pool_clock.steady_now() + 30s));

    const auto before = store->facts().round_trip_count;
    const auto changed = store->coupons().change_stock(
        coupon.terms().id, domain::InventoryKind::stocked, 1, "restock", test::noon);
    EXPECT_EQ(kind_of(changed), FailureKind::conflict);
    // To begin, and to roll back.
    EXPECT_EQ(store->facts().round_trip_count - before, 2U);
}

}  // namespace
}  // namespace dibs::repository
