// Goal: a server that is frozen, killed or stopped costs its callers no more than their deadline,
// and nobody is told anything that isn't so.
// Method: a real server whose processes are stopped or killed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>

#include "database/postgres_connection.h"
#include "support/moments.h"
#include "support/postgres_server.h"
#include "support/printing.h"
#include "unit/database/deadline.h"

namespace dibs::database {
namespace {

using base::FailureKind;
using test::kind_of;
using test::must;
using namespace std::chrono_literals;

class PostgresOutageTest : public testing::Test {
protected:
    PostgresConnection connect() { return must(PostgresConnection::open(url_, in(10s))); }

    test::PostgresServer& server_ = test::PostgresServer::shared();
    std::string url_ = server_.fresh_database();
    PostgresConnection connection_ = connect();
};

/// A server that is frozen for the length of a test.
class PostgresFrozenTest : public PostgresOutageTest {
protected:
    void SetUp() override {
        must(connection_.execute("CREATE TABLE t (a text)", in(10s)));
        server_.pause();
        begun_ = base::SteadyInstant::clock::now();
    }
    void TearDown() override {
        // Far below the minutes for which libpq itself would wait, far above the deadlines here.
        EXPECT_LT(base::SteadyInstant::clock::now() - begun_, 10s);
        server_.resume();
    }
    base::SteadyInstant begun_;
};

TEST_F(PostgresFrozenTest, AnExchangeEndsAtItsDeadline) {
    const auto failed = connection_.run({"SELECT 1", {}}, in(50ms));
    EXPECT_EQ(kind_of(failed), FailureKind::unavailable);
    EXPECT_EQ(failed.failure().what, "PostgreSQL: no answer in time");
    EXPECT_FALSE(connection_.is_usable());
    // Not even when the server is back: the late answer would be taken for the next one's.
    server_.resume();
    EXPECT_EQ(kind_of(connection_.run({"SELECT 2", {}}, in(5s))), FailureKind::unavailable);
}

TEST_F(PostgresFrozenTest, ACommitIsInDoubt) {
    const auto batch =
        std::to_array<PostgresStatement>({{"BEGIN", {}}, {"INSERT INTO t VALUES ('a')", {}}});
    EXPECT_EQ(kind_of(connection_.exchange_and_commit(batch, in(50ms))), FailureKind::in_doubt);
}

TEST_F(PostgresFrozenTest, MoreThanTheSocketTakesEndsAtItsDeadlineToo) {
    const PostgresStatement big{"INSERT INTO t VALUES ($1)", {std::string(8'000'000, 'x')}};
    EXPECT_EQ(kind_of(connection_.run(big, in(50ms))), FailureKind::unavailable);
    // Closing, with the rest unsent, doesn't wait either.
    const auto closed = std::move(connection_);
}

TEST_F(PostgresFrozenTest, AScriptEndsAtItsDeadline) {
    EXPECT_EQ(kind_of(connection_.execute("SELECT 1", in(50ms))), FailureKind::unavailable);
    EXPECT_FALSE(connection_.is_usable());
}

TEST_F(PostgresFrozenTest, OpeningEndsAtItsDeadline) {
    EXPECT_EQ(kind_of(PostgresConnection::open(url_, in(50ms))), FailureKind::unavailable);
}

TEST_F(PostgresOutageTest, ARollbackThatGetsNoAnswerBreaksTheConnection) {
    must(connection_.run({"BEGIN", {}}, in(10s)));
    server_.pause();
    connection_.roll_back(in(50ms));
    server_.resume();
    EXPECT_FALSE(connection_.is_usable());
    EXPECT_FALSE(connection_.is_in_transaction());
}

TEST_F(PostgresOutageTest, AServerThatWasKilledIsUnavailable) {
    auto idle = connect();
    server_.kill();
    EXPECT_EQ(kind_of(connection_.run({"SELECT 1", {}}, in(10s))), FailureKind::unavailable);
    EXPECT_FALSE(connection_.is_usable());
    EXPECT_EQ(kind_of(idle.wait_for_notifications(in(10s))), FailureKind::unavailable);
    EXPECT_FALSE(idle.is_usable());
    EXPECT_EQ(kind_of(PostgresConnection::open(url_, in(10s))), FailureKind::unavailable);
    server_.start();
    EXPECT_EQ(must(connect().run({"SELECT 1", {}}, in(10s))).integer(0, 0), 1);
}

TEST_F(PostgresOutageTest, AServerThatWasRestartedNeedsANewConnection) {
    server_.restart();
    EXPECT_EQ(kind_of(connection_.run({"SELECT 1", {}}, in(10s))), FailureKind::unavailable);
    EXPECT_FALSE(connection_.is_usable());
    EXPECT_EQ(must(connect().run({"SELECT 1", {}}, in(10s))).integer(0, 0), 1);
}

}  // namespace
}  // namespace dibs::database
