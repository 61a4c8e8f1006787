// Goal: a transaction is whole or nothing and sees what it should; the log is copied when somebody
// says so, and never by who only reads.
// Method: two connections to one small database, where one must, or must not, see what the other
// does; the sizes of the files.

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "database/sqlite_connection.h"
#include "support/moments.h"
#include "support/temporary_directory.h"

namespace dibs::database {
namespace {

using test::must;

class SqliteTransactionTest : public testing::Test {
protected:
    SqliteConnection connect(SqliteConnection::Mode mode = SqliteConnection::Mode::write) {
        return must(SqliteConnection::open(path_, mode));
    }
    SqliteConnection connect_with_log() {
        SqliteConnection connection = connect();
        must(connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"));
        return connection;
    }
    static std::int64_t count_of(SqliteConnection& connection) {
        return must(connection.read_integer("SELECT count(*) FROM t"));
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
};

TEST_F(SqliteTransactionTest, ATransactionIsRolledBackUnlessCommitted) {
    auto connection = connect();
    must(connection.execute("CREATE TABLE t (x)"));
    {
        const auto begun =
            must(SqliteTransaction::begin(connection, SqliteTransaction::Kind::write));
        must(connection.execute("INSERT INTO t VALUES (1)"));
        EXPECT_TRUE(connection.is_in_transaction());
    }
    EXPECT_FALSE(connection.is_in_transaction());
    EXPECT_EQ(count_of(connection), 0);
    {
        auto begun = must(SqliteTransaction::begin(connection, SqliteTransaction::Kind::write));
        must(connection.execute("INSERT INTO t VALUES (1)"));
        must(begun.commit());
        EXPECT_FALSE(connection.is_in_transaction());
    }
    EXPECT_EQ(count_of(connection), 1);
}

TEST_F(SqliteTransactionTest, AMovedTransactionEndsOnce) {
    auto connection = connect();
    must(connection.execute("CREATE TABLE t (x)"));
    auto first = must(SqliteTransaction::begin(connection, SqliteTransaction::Kind::write));
    {
        const SqliteTransaction second = std::move(first);
        must(connection.execute("INSERT INTO t VALUES (1)"));
    }
    EXPECT_FALSE(connection.is_in_transaction());
    EXPECT_EQ(count_of(connection), 0);
}

TEST_F(SqliteTransactionTest, ATransactionWithinAnotherIsNone) {
    auto connection = connect();
    const auto outer = must(SqliteTransaction::begin(connection, SqliteTransaction::Kind::write));
    EXPECT_FALSE(SqliteTransaction::begin(connection, SqliteTransaction::Kind::write));
    EXPECT_TRUE(connection.is_in_transaction()) << "the attempt must not end the first";
}

TEST_F(SqliteTransactionTest, AReadTransactionSeesOneMoment) {
    auto writer = connect_with_log();
    must(writer.execute("CREATE TABLE t (x)"));
    auto reader = connect(SqliteConnection::Mode::read_only);
    const auto begun = must(SqliteTransaction::begin(reader, SqliteTransaction::Kind::read));
    EXPECT_EQ(count_of(reader), 0);
    must(writer.execute("INSERT INTO t VALUES (1)"));
    EXPECT_EQ(count_of(reader), 0);
    EXPECT_EQ(count_of(writer), 1);
}

// The log.

TEST_F(SqliteTransactionTest, TheLogIsCopiedWhenItIsAskedForAndNotByItself) {
    auto writer = connect_with_log();
    must(writer.execute("CREATE TABLE t (x)"));
    const auto size_before = std::filesystem::file_size(path_);
    // More than the thousand pages at which SQLite would copy by itself.
    for (int i = 0; i < 8; ++i) must(writer.execute("INSERT INTO t VALUES (zeroblob(1000000))"));
    EXPECT_GT(writer.log_page_count(), 1'500);
    EXPECT_EQ(std::filesystem::file_size(path_), size_before);
    const auto extent = must(writer.checkpoint());
    EXPECT_EQ(extent.written, writer.log_page_count());
    EXPECT_EQ(extent.copied, extent.written);
    EXPECT_GT(std::filesystem::file_size(path_), 8'000'000U);
}

TEST_F(SqliteTransactionTest, ACheckpointGoesAsFarAsAReaderLetsItAndDoesNotWait) {
    auto writer = connect_with_log();
    must(writer.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1)"));
    auto reader = connect(SqliteConnection::Mode::read_only);
    {
        const auto begun = must(SqliteTransaction::begin(reader, SqliteTransaction::Kind::read));
        EXPECT_EQ(count_of(reader), 1);
        must(writer.execute("INSERT INTO t VALUES (2)"));
        const auto extent = must(writer.checkpoint());
        EXPECT_LT(extent.copied, extent.written) << "the reader still needs what was before";
        EXPECT_EQ(count_of(reader), 1);
    }
    const auto extent = must(writer.checkpoint());
    EXPECT_EQ(extent.copied, extent.written);
    EXPECT_EQ(count_of(reader), 2);
}

TEST_F(SqliteTransactionTest, AReaderThatIsTheLastToCloseDoesNotCopyTheLog) {
    {
        std::optional<SqliteConnection> writer(connect_with_log());
        must(writer->execute("CREATE TABLE t (x); INSERT INTO t VALUES (1)"));
        auto reader = connect(SqliteConnection::Mode::read_only);
        EXPECT_EQ(count_of(reader), 1);
        writer.reset();
    }
    EXPECT_GT(std::filesystem::file_size(path_ + "-wal"), 0U);
    auto later = connect(SqliteConnection::Mode::read_only);
    EXPECT_EQ(count_of(later), 1) << "and whoever comes reads it all the same";
}

}  // namespace
}  // namespace dibs::database
