// Goal: a commit is known to be durable, known not to have been written, or in doubt; never one
// taken for the other.
// Method: a real server that refuses, gives way, is cancelled while it waits for a standby that
// isn't there, or ends while it commits.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <thread>
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
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::string_view begin = "BEGIN";
constexpr std::string_view insert_one = "INSERT INTO t VALUES ($1)";

class PostgresCommitTest : public testing::Test {
protected:
    void SetUp() override {
        server_.psql(url_,
                     "CREATE TABLE t (a bigint CHECK (a < 100),"
                     " UNIQUE (a) DEFERRABLE INITIALLY DEFERRED)");
    }
    PostgresConnection connect() { return must(PostgresConnection::open(url_, in(10s))); }
    std::string count() { return server_.psql(url_, "SELECT count(*) FROM t"); }

    /// Waits until a connection does nothing but what `wait_event` names. Says whether it came.
    bool waits_for(std::string_view wait_event) {
        const auto latest = in(60s);
        while (base::SteadyInstant::clock::now() < latest) {
            const auto found = server_.psql(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dibs'"
                " AND wait_event = '" +
                std::string(wait_event) + "'");
            if (found != "0") return true;
        }
        return false;
    }

    test::PostgresServer& server_ = test::PostgresServer::shared();
    std::string url_ = server_.fresh_database();
    PostgresConnection connection_ = connect();
};

TEST_F(PostgresCommitTest, StatementsAndCommitAreOneRoundTrip) {
    const auto batch = std::to_array<PostgresStatement>({{begin, {}}, {insert_one, {"1"}}});
    const auto given = must(connection_.exchange_and_commit(batch, in(10s)));
    EXPECT_EQ(given.size(), 2U);
    EXPECT_EQ(connection_.round_trip_count(), 1U);
    EXPECT_EQ(connection_.statement_count(), 3U);
    EXPECT_FALSE(connection_.is_in_transaction());
    EXPECT_EQ(count(), "1");
}

TEST_F(PostgresCommitTest, CommitsWhatAnEarlierExchangeBegan) {
    must(connection_.exchange({{begin, {}}, {insert_one, {"1"}}}, in(10s)));
    const auto batch = std::to_array<PostgresStatement>({{insert_one, {"2"}}});
    must(connection_.exchange_and_commit(batch, in(10s)));
    EXPECT_EQ(count(), "2");
    must(connection_.exchange({{begin, {}}, {insert_one, {"3"}}}, in(10s)));
    EXPECT_TRUE(must(connection_.exchange_and_commit({}, in(10s))).empty());
    EXPECT_EQ(count(), "3");
}

TEST_F(PostgresCommitTest, AStatementsFailureIsTheCommitsAndNothingIsWritten) {
    const auto batch =
        std::to_array<PostgresStatement>({{begin, {}}, {insert_one, {"1"}}, {insert_one, {"100"}}});
    EXPECT_EQ(kind_of(connection_.exchange_and_commit(batch, in(10s))), FailureKind::refused);
    EXPECT_TRUE(connection_.is_usable());
    EXPECT_FALSE(connection_.is_in_transaction());
    EXPECT_EQ(count(), "0");
    const auto next = std::to_array<PostgresStatement>({{begin, {}}, {insert_one, {"1"}}});
    must(connection_.exchange_and_commit(next, in(10s)));
    EXPECT_EQ(count(), "1");
}

TEST_F(PostgresCommitTest, ADeferredConstraintRefusesTheCommit) {
    const auto batch =
        std::to_array<PostgresStatement>({{begin, {}}, {insert_one, {"1"}}, {insert_one, {"1"}}});
    EXPECT_EQ(kind_of(connection_.exchange_and_commit(batch, in(10s))), FailureKind::refused);
    EXPECT_TRUE(connection_.is_usable());
    EXPECT_FALSE(connection_.is_in_transaction());
    EXPECT_EQ(count(), "0");
}

TEST_F(PostgresCommitTest, ATransactionThatGivesWayAsItCommitsIsAConflict) {
    // Two that each read what the other writes: one of them has to go, and the second to commit
    // learns it from its COMMIT.
    constexpr std::string_view begin_strictly = "BEGIN ISOLATION LEVEL SERIALIZABLE";
    constexpr std::string_view read = "SELECT count(*) FROM t";
    auto other = connect();
    must(connection_.exchange({{begin_strictly, {}}, {read, {}}}, in(10s)));
    must(other.exchange({{begin_strictly, {}}, {read, {}}}, in(10s)));
    must(connection_.exchange({{insert_one, {"1"}}}, in(10s)));
    must(other.exchange({{insert_one, {"2"}}}, in(10s)));
    must(other.exchange_and_commit({}, in(10s)));
    EXPECT_EQ(kind_of(connection_.exchange_and_commit({}, in(10s))), FailureKind::conflict);
    EXPECT_TRUE(connection_.is_usable());
    EXPECT_EQ(count(), "1");
}

TEST_F(PostgresCommitTest, AnAnswerOfRollbackIsAConflict) {
    EXPECT_FALSE(
        connection_.exchange({{begin, {}}, {insert_one, {"1"}}, {"SELECT 1 / 0", {}}}, in(10s)));
    EXPECT_EQ(kind_of(connection_.exchange_and_commit({}, in(10s))), FailureKind::conflict);
    EXPECT_FALSE(connection_.is_in_transaction());
    EXPECT_EQ(count(), "0");
}

TEST_F(PostgresCommitTest, ADeadlineThatHasPassedBeforeSendsNothingAndLeavesNoDoubt) {
    const auto batch = std::to_array<PostgresStatement>({{begin, {}}, {insert_one, {"1"}}});
    EXPECT_EQ(kind_of(connection_.exchange_and_commit(batch, in(-1s))), FailureKind::unavailable);
    EXPECT_EQ(connection_.round_trip_count(), 0U);
    EXPECT_TRUE(connection_.is_usable());
    must(connection_.exchange_and_commit(batch, in(10s)));
    EXPECT_EQ(count(), "1");
}

TEST_F(PostgresCommitTest, AConnectionThatIsEndedWhileItCommitsIsInDoubt) {
    server_.psql(url_,
                 "CREATE FUNCTION end_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                 " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
                 "CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON t"
                 " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION end_it()");
    const auto batch = std::to_array<PostgresStatement>({{begin, {}}, {insert_one, {"1"}}});
    const auto failed = connection_.exchange_and_commit(batch, in(10s));
    EXPECT_EQ(kind_of(failed), FailureKind::in_doubt);
    EXPECT_THAT(failed.failure().what, HasSubstr("terminating connection"));
    EXPECT_FALSE(connection_.is_usable());
    EXPECT_EQ(kind_of(connection_.run({"SELECT 1", {}}, in(10s))), FailureKind::unavailable);
}

TEST_F(PostgresCommitTest, AnErrorForAnAnswerThatIsNoRefusalIsInDoubt) {
    server_.psql(url_,
                 "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                 " RAISE EXCEPTION 'some engine failed' USING ERRCODE = '58030'; END $$;"
                 "CREATE CONSTRAINT TRIGGER at_the_end AFTER INSERT ON t"
                 " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail()");
    const auto batch = std::to_array<PostgresStatement>({{begin, {}}, {insert_one, {"1"}}});
    EXPECT_EQ(kind_of(connection_.exchange_and_commit(batch, in(10s))), FailureKind::in_doubt);
}

/// A server that waits for a standby that isn't there.
class PostgresStandbyTest : public PostgresCommitTest {
protected:
    void SetUp() override {
        PostgresCommitTest::SetUp();
        set_standby("'nobody'");
    }
    void TearDown() override { set_standby("''"); }

    void set_standby(const std::string& names) {
        server_.psql("ALTER SYSTEM SET synchronous_standby_names = " + names);
        server_.psql("SELECT pg_reload_conf()");
        const std::string expected = names == "''" ? "" : "nobody";
        while (server_.psql("SHOW synchronous_standby_names") != expected) {
        }
    }
    /// Commits a row, while `meanwhile` is run once the commit waits for the standby.
    template <typename Meanwhile>
    std::optional<FailureKind> commit_while(const Meanwhile& meanwhile,
                                            base::SteadyInstant deadline) {
        std::optional<FailureKind> kind;
        std::thread committer([&] {
            const auto batch = std::to_array<PostgresStatement>({{begin, {}}, {insert_one, {"1"}}});
            kind = kind_of(connection_.exchange_and_commit(batch, deadline));
        });
        EXPECT_TRUE(waits_for("SyncRep"));
        meanwhile();
        committer.join();
        return kind;
    }
};

TEST_F(PostgresStandbyTest, ACommitThatDidNotWaitForItsStandbyIsInDoubt) {
    const auto cancel = [&] {
        server_.psql(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    };
    EXPECT_EQ(commit_while(cancel, in(60s)), FailureKind::in_doubt);
    EXPECT_EQ(count(), "1");
    EXPECT_TRUE(connection_.is_usable());
}

TEST_F(PostgresStandbyTest, NoAnswerInTimeIsInDoubtAndNothingIsCancelled) {
    EXPECT_EQ(commit_while([] {}, in(500ms)), FailureKind::in_doubt);
    EXPECT_FALSE(connection_.is_usable());
    // Whoever looks sees the row only when the wait is over, which a cancel would have ended.
    EXPECT_TRUE(waits_for("SyncRep"));
    set_standby("''");
    while (count() != "1") {
    }
}

TEST_F(PostgresStandbyTest, AServerThatIsKilledWhileItCommitsLeavesADoubt) {
    const auto kill = [&] { server_.kill(); };
    EXPECT_EQ(commit_while(kill, in(60s)), FailureKind::in_doubt);
    server_.start();
    // In doubt, indeed: the row is there, and nobody was told.
    EXPECT_EQ(count(), "1");
}

}  // namespace
}  // namespace dibs::database
