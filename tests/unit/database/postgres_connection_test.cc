// Goal: a batch is one round trip and stops at its first failure, values come back as they went,
// notifications arrive, and a failure says what went wrong by kind.
// Method: a real server, a database of its own for each test.

#include "database/postgres_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "support/moments.h"
#include "support/postgres_server.h"
#include "support/printing.h"
#include "unit/database/deadline.h"

namespace dibs::database {
namespace {

using base::FailureKind;
using test::kind_of;
using test::must;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

class PostgresConnectionTest : public testing::Test {
protected:
    PostgresConnection connect() { return must(PostgresConnection::open(url_, in(10s))); }

    test::PostgresServer& server_ = test::PostgresServer::shared();
    std::string url_ = server_.fresh_database();
    PostgresConnection connection_ = connect();
};

TEST_F(PostgresConnectionTest, ABatchIsOneRoundTrip) {
    must(connection_.execute("CREATE TABLE t (a bigint)", in(10s)));
    const auto before = connection_.round_trip_count();
    const auto given = must(connection_.exchange({{"BEGIN", {}},
                                                  {"INSERT INTO t VALUES ($1), ($2)", {"1", "2"}},
                                                  {"SELECT sum(a)::bigint FROM t", {}},
                                                  {"COMMIT", {}}},
                                                 in(10s)));
    EXPECT_EQ(connection_.round_trip_count(), before + 1);
    ASSERT_EQ(given.size(), 4U);
    EXPECT_EQ(given[1].changed_count(), 2);
    EXPECT_EQ(given[2].integer(0, 0), 3);
    EXPECT_FALSE(connection_.is_in_transaction());
    EXPECT_EQ(server_.psql(url_, "SELECT count(*) FROM t"), "2");
}

TEST_F(PostgresConnectionTest, AStatementIsPreparedOnce) {
    constexpr std::string_view sql = "SELECT $1::bigint + 1";
    must(connection_.exchange({{sql, {"1"}}, {sql, {"2"}}}, in(10s)));
    EXPECT_EQ(must(connection_.run({sql, {"3"}}, in(10s))).integer(0, 0), 4);
    const auto prepared = must(connection_.run(
        {"SELECT count(*) FROM pg_prepared_statements WHERE statement = $1", {std::string(sql)}},
        in(10s)));
    EXPECT_EQ(prepared.integer(0, 0), 1);
    EXPECT_EQ(connection_.statement_count(), 4U);
}

TEST_F(PostgresConnectionTest, NothingIsRunAfterAFailure) {
    must(connection_.execute("CREATE TABLE t (a bigint PRIMARY KEY)", in(10s)));
    constexpr std::string_view insert = "INSERT INTO t VALUES ($1)";
    constexpr std::string_view later = "SELECT count(*) FROM t";
    const auto failed =
        connection_.exchange({{insert, {"1"}}, {insert, {"1"}}, {later, {}}}, in(10s));
    EXPECT_EQ(kind_of(failed), FailureKind::refused);
    EXPECT_EQ(failed.failure().what,
              "PostgreSQL: duplicate key value violates unique constraint \"t_pkey\" (23505)");
    // One transaction, so that the first row is gone, too; and what was skipped can still be used.
    EXPECT_EQ(must(connection_.run({later, {}}, in(10s))).integer(0, 0), 0);
}

TEST_F(PostgresConnectionTest, AStatementThatCannotBePreparedFailsTheBatchAndLaterIsTriedAgain) {
    constexpr std::string_view read = "SELECT a FROM t";
    constexpr std::string_view fine = "SELECT 1";
    EXPECT_EQ(kind_of(connection_.exchange({{fine, {}}, {read, {}}, {fine, {}}}, in(10s))),
              FailureKind::invalid);
    must(connection_.execute("CREATE TABLE t (a bigint)", in(10s)));
    EXPECT_EQ(must(connection_.run({read, {}}, in(10s))).row_count(), 0U);
}

TEST_F(PostgresConnectionTest, AFailureLeavesTheTransactionToBeRolledBack) {
    EXPECT_FALSE(connection_.exchange({{"BEGIN", {}}, {"SELECT 1 / 0", {}}}, in(10s)));
    EXPECT_TRUE(connection_.is_in_transaction());
    EXPECT_TRUE(connection_.is_usable());
    connection_.roll_back(in(10s));
    EXPECT_FALSE(connection_.is_in_transaction());
    EXPECT_EQ(must(connection_.run({"SELECT 1", {}}, in(10s))).integer(0, 0), 1);
}

TEST_F(PostgresConnectionTest, ABatchWithoutBeginMayFailAsItIsCommitted) {
    must(connection_.execute("CREATE TABLE t (a bigint, UNIQUE (a) DEFERRABLE INITIALLY DEFERRED)",
                             in(10s)));
    EXPECT_EQ(kind_of(connection_.run({"INSERT INTO t VALUES (1), (1)", {}}, in(10s))),
              FailureKind::refused);
    EXPECT_EQ(must(connection_.run({"SELECT count(*) FROM t", {}}, in(10s))).integer(0, 0), 0);
}

TEST_F(PostgresConnectionTest, NothingToAskIsNoRoundTrip) {
    EXPECT_TRUE(must(connection_.exchange({}, in(10s))).empty());
    EXPECT_EQ(connection_.round_trip_count(), 0U);
}

TEST_F(PostgresConnectionTest, MegabytesGoBothWaysInOneBatch) {
    // Many times what the sockets' buffers hold: whoever writes it all before reading anything
    // waits for ever.
    constexpr std::size_t piece_count = 32;
    const std::string piece(256 * 1024, 'x');
    std::vector<PostgresStatement> batch;
    for (std::size_t i = 0; i < piece_count; ++i) batch.push_back({"SELECT $1::text", {piece}});
    const auto given = must(connection_.exchange(batch, in(60s)));
    ASSERT_EQ(given.size(), piece_count);
    EXPECT_TRUE(std::ranges::all_of(
        given, [&](const PostgresRows& rows) { return rows.text(0, 0) == piece; }));
}

TEST_F(PostgresConnectionTest, ANulIsRefusedBeforeAnythingIsSent) {
    using namespace std::string_literals;
    EXPECT_EQ(kind_of(connection_.run({"SELECT $1::text", {"a\0b"s}}, in(10s))),
              FailureKind::invalid);
    EXPECT_EQ(kind_of(connection_.execute("SELECT 1\0"s, in(10s))), FailureKind::invalid);
    EXPECT_EQ(connection_.round_trip_count(), 0U);
    EXPECT_TRUE(connection_.is_usable());
}

TEST_F(PostgresConnectionTest, AScriptIsAllOrNothing) {
    must(connection_.execute("CREATE TABLE t (a bigint); INSERT INTO t VALUES (1), (2);", in(10s)));
    const auto failed = connection_.execute("DELETE FROM t; SELECT 1 / 0; SELECT 1", in(10s));
    EXPECT_EQ(kind_of(failed), FailureKind::invalid);
    EXPECT_THAT(failed.failure().what, HasSubstr("division by zero (22012)"));
    EXPECT_EQ(must(connection_.run({"SELECT count(*) FROM t", {}}, in(10s))).integer(0, 0), 2);
}

TEST_F(PostgresConnectionTest, AScriptThatCopiesIsInvalid) {
    must(connection_.execute("CREATE TABLE t (a bigint)", in(10s)));
    EXPECT_EQ(kind_of(connection_.execute("COPY t FROM STDIN", in(10s))), FailureKind::invalid);
    EXPECT_FALSE(connection_.is_usable());
}

TEST_F(PostgresConnectionTest, WhatSomebodyElseHoldsIsAConflict) {
    must(connection_.execute("CREATE TABLE t (a bigint); INSERT INTO t VALUES (1)", in(10s)));
    auto other = connect();
    must(other.exchange({{"BEGIN", {}}, {"SELECT a FROM t FOR UPDATE", {}}}, in(10s)));
    EXPECT_EQ(kind_of(connection_.run({"SELECT a FROM t FOR UPDATE NOWAIT", {}}, in(10s))),
              FailureKind::conflict);
}

TEST_F(PostgresConnectionTest, ATriggersRefusalIsToldInOneLine) {
    const auto failed =
        connection_.execute("DO $$ BEGIN RAISE EXCEPTION E'not\\nso'; END $$", in(10s));
    EXPECT_EQ(kind_of(failed), FailureKind::refused);
    EXPECT_EQ(failed.failure().what, "PostgreSQL: not (P0001)");
}

TEST_F(PostgresConnectionTest, IsToldWhatWasNotified) {
    must(connection_.run({"LISTEN news", {}}, in(10s)));
    server_.psql(url_, "NOTIFY news, 'first'; NOTIFY news, 'second'");
    // They are two transactions', and may come one by one.
    std::vector<std::string> heard;
    while (heard.size() < 2) {
        const auto more = must(connection_.wait_for_notifications(in(10s)));
        ASSERT_FALSE(more.empty()) << "nothing came in ten seconds";
        heard.insert(heard.end(), more.begin(), more.end());
    }
    EXPECT_THAT(heard, ElementsAre("first", "second"));
}

TEST_F(PostgresConnectionTest, IsToldWhatWasNotifiedDuringAnExchange) {
    must(connection_.run({"LISTEN news", {}}, in(10s)));
    must(connection_.run({"NOTIFY news, 'from myself'", {}}, in(10s)));
    must(connection_.run({"SELECT 1", {}}, in(10s)));
    // Known already: no time is left to wait for anything.
    EXPECT_THAT(must(connection_.wait_for_notifications(in(0s))), ElementsAre("from myself"));
}

TEST_F(PostgresConnectionTest, NoNewsIsNoFailure) {
    must(connection_.run({"LISTEN news", {}}, in(10s)));
    EXPECT_THAT(must(connection_.wait_for_notifications(in(20ms))), IsEmpty());
    EXPECT_TRUE(connection_.is_usable());
}

TEST_F(PostgresConnectionTest, KnowsWhatTheServerReports) {
    EXPECT_FALSE(connection_.server_parameter("server_version").empty());
    EXPECT_EQ(connection_.server_parameter("application_name"), "dibs");
    EXPECT_EQ(connection_.server_parameter("client_encoding"), "UTF8");
    EXPECT_EQ(connection_.server_parameter("no_such_thing"), "");
}

TEST_F(PostgresConnectionTest, CanBeMoved) {
    PostgresConnection moved = std::move(connection_);
    EXPECT_EQ(must(moved.run({"SELECT 1", {}}, in(10s))).integer(0, 0), 1);
    connection_ = std::move(moved);
    EXPECT_EQ(must(connection_.run({"SELECT 2", {}}, in(10s))).integer(0, 0), 2);
}

}  // namespace
}  // namespace dibs::database
