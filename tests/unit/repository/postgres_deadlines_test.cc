// Goal: an operation on a PostgreSQL store has one deadline, wherever in it the server falls
// silent, and a look for the watch has one that is much shorter.
// Method: a real server whose processes are frozen, while the kernel goes on answering for them,
// and a clock that can be set on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "repository/postgres_pool.h"
#include "repository/postgres_stream_watch.h"
#include "support/moments.h"
#include "support/postgres_server.h"
#include "support/printing.h"
#include "support/shop.h"

namespace dibs::repository {
namespace {

using base::FailureKind;
using base::SteadyInstant;
using database::PostgresStatement;
using test::kind_of;
using test::must;
using test::PostgresServer;

using namespace std::chrono_literals;
using std::chrono::milliseconds;

/// The machine's clock, and as much later as a test says.
class LaterClock final : public base::Clock {
public:
    [[nodiscard]] base::Instant now() const override { return clock_.now(); }
    [[nodiscard]] SteadyInstant steady_now() const override {
        return clock_.steady_now() + later_.load();
    }
    void advance(milliseconds duration) { later_ = later_.load() + duration; }

private:
    const base::SystemClock clock_;
    std::atomic<milliseconds> later_ = 0ms;
};

/// The server, frozen for as long as this lives.
class Freeze {
public:
    Freeze() { PostgresServer::shared().pause(); }
    ~Freeze() { PostgresServer::shared().resume(); }
    Freeze(const Freeze&) = delete;
    Freeze& operator=(const Freeze&) = delete;
};

class PostgresDeadlines : public testing::Test {
protected:
    static PostgresPoolOptions options(milliseconds patience, std::size_t connections_max = 1) {
        return {.url = PostgresServer::shared().url(),
                .connections_max = connections_max,
                .patience = patience};
    }
    /// Since the test began, or was told to begin.
    [[nodiscard]] SteadyInstant::duration passed() const { return clock_.steady_now() - begun_; }
    void begin() { begun_ = clock_.steady_now(); }

    LaterClock clock_;
    SteadyInstant begun_ = clock_.steady_now();
};

TEST_F(PostgresDeadlines, AConnectionIsWaitedForUntilTheDeadlineOfWhoAsks) {
    PostgresPool pool(options(60s), clock_);
    const Freeze freeze;
    EXPECT_EQ(kind_of(pool.lend(clock_.steady_now() + 300ms)), FailureKind::unavailable);
    EXPECT_LT(passed(), 10s);
}

TEST_F(PostgresDeadlines, ASilentServerIsWaitedForOnceWhereAConnectionLayIdle) {
    PostgresPool pool(options(2s), clock_);
    must(pool.read_one({"SELECT 1", {}}));
    const Freeze freeze;
    begin();
    EXPECT_EQ(kind_of(pool.begin({{"SELECT 1", {}}})), FailureKind::unavailable);
    EXPECT_LT(passed(), 3s);
}

TEST_F(PostgresDeadlines, WhatInspectsAConnectionHasTheDeadlineOfWhoItIsFor) {
    SteadyInstant told;
    auto inspected = options(60s);
    inspected.inspect = [&](database::PostgresConnection&, SteadyInstant deadline) {
        told = deadline;
        return base::Result<void>();
    };
    PostgresPool pool(inspected, clock_);
    const SteadyInstant deadline = clock_.steady_now() + 30s;
    const auto lease = must(pool.lend(deadline));
    EXPECT_EQ(told, deadline);
    EXPECT_EQ(lease.deadline(), deadline);
}

TEST_F(PostgresDeadlines, TheCommitHasWhatTheBeginningLeft) {
    PostgresPool pool(options(4s), clock_);
    must(pool.read_one({"SELECT 1", {}}));
    begin();
    auto begun = must(pool.begin({{"SELECT pg_sleep(2)", {}}}));
    const Freeze freeze;
    EXPECT_EQ(kind_of(begun.lease.commit({})), FailureKind::in_doubt);
    EXPECT_LT(passed(), 5s);
}

TEST_F(PostgresDeadlines, ACommitThatHasNoTimeForItsAnswerIsNotSent) {
    PostgresServer::shared().psql("CREATE TABLE late (name text)");
    PostgresPool pool(options(60s), clock_);
    {
        auto begun = must(pool.begin({}));
        clock_.advance(59s);
        const auto write =
            std::to_array<PostgresStatement>({{"INSERT INTO late VALUES ('a')", {}}});
        const auto committed = begun.lease.commit(write);
        EXPECT_EQ(kind_of(committed), FailureKind::unavailable) << "it is known what became of it";
    }
    EXPECT_EQ(PostgresServer::shared().psql("SELECT count(*) FROM late"), "0");
    // The rollback still had time, so the connection lives on.
    EXPECT_EQ(pool.round_trip_count(), 2U);
    must(pool.read_one({"SELECT 1", {}}));
    PostgresServer::shared().psql("DROP TABLE late");
}

TEST_F(PostgresDeadlines, WhoseTimeIsUpTakesNobodyElsesConnectionAlong) {
    PostgresPool pool(options(60s, 2), clock_);
    const auto number_of = [](const database::PostgresRows& rows) { return rows.integer(0, 0); };
    const PostgresStatement who_am_i{"SELECT pg_backend_pid()", {}};
    std::int64_t kept = 0;
    std::int64_t late = 0;
    {
        auto first = must(pool.begin({who_am_i}));
        late = number_of(first.rows[0]);
        kept = number_of(must(pool.read_one(who_am_i)));
        clock_.advance(61s);
    }
    EXPECT_EQ(number_of(must(pool.read_one(who_am_i))), kept);
    // Its transaction ends with its connection.
    while (PostgresServer::shared().psql("SELECT count(*) FROM pg_stat_activity WHERE pid = " +
                                         std::to_string(late)) != "0") {
    }
}

TEST_F(PostgresDeadlines, AWatchIsToldSoonThatTheServerIsSilent) {
    PostgresStreamWatch watch(PostgresServer::shared().url(), true);
    const auto look = [&] { return watch.wait_for_news({{domain::CouponId{1}, {}}}, 10ms); };
    const Freeze freeze;
    begin();
    EXPECT_EQ(kind_of(look()), FailureKind::unavailable) << "it has no connection yet";
    EXPECT_LT(passed(), 3s);
}

TEST_F(PostgresDeadlines, AWatchIsToldSoonThatTheServerFellSilent) {
    const std::string url = PostgresServer::shared().fresh_database();
    const StoreOptions patient{.patience = 60s, .allows_fsync_off = true};
    const auto store = must(open_store(url, {.role = "test", .call_at = {}}, patient));
    const auto coupon = test::RepositoryShop(store->coupons()).offer(test::a_coupon());
    const auto watches = store->watch_streams();
    ASSERT_EQ(watches.size(), 1U);
    const auto look = [&] { return watches[0]->wait_for_news({{coupon, {}}}, 10ms); };
    must(look());
    const Freeze freeze;
    begin();
    EXPECT_EQ(kind_of(look()), FailureKind::unavailable);
    EXPECT_LT(passed(), 3s);
}

}  // namespace
}  // namespace dibs::repository
