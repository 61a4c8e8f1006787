// Goal: gathering the log's writes changes how often the kernel is asked, and nothing that anybody
// could read: a commit is there for others at once, what spilled early is read back, and a disk
// that is full fails the commit and no earlier one.
// Method: one connection that gathers and one that doesn't, on one database; files that can be told
// to be full.

#include <gtest/gtest.h>

#include "database/sqlite_connection.h"
#include "support/faulty_sqlite_files.h"
#include "support/moments.h"
#include "support/temporary_directory.h"

namespace dibs::database {
namespace {

using test::must;

class GatheredLogTest : public testing::Test {
protected:
    SqliteConnection connect() {
        auto connection = must(SqliteConnection::open(path_, SqliteConnection::Mode::write_synced));
        must(
            connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                               "CREATE TABLE IF NOT EXISTS t (x)"));
        return connection;
    }
    SqliteConnection look() {
        return must(SqliteConnection::open(path_, SqliteConnection::Mode::read_only));
    }
    static std::int64_t count_of(SqliteConnection& connection) {
        return must(connection.read_integer("SELECT count(*) FROM t"));
    }
    static std::string insert(int rows) {
        return "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
               " LIMIT " +
               std::to_string(rows) + ") SELECT zeroblob(500) FROM n";
    }

    test::FaultySqliteFiles files_;
    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
};

TEST_F(GatheredLogTest, OthersReadACommitAsSoonAsItIsDone) {
    auto writer = connect();
    auto reader = look();
    for (int i = 1; i <= 100; ++i) {
        must(writer.execute("INSERT INTO t VALUES (1)"));
        ASSERT_EQ(count_of(reader), i);
    }
}

TEST_F(GatheredLogTest, ACommitLargerThanWhatIsKeptIsWhole) {
    auto writer = connect();
    must(writer.execute(insert(1'000)));  // Half a megabyte.
    auto reader = look();
    EXPECT_EQ(count_of(reader), 1'000);
    EXPECT_EQ(must(reader.read_text("PRAGMA integrity_check")), "ok");
}

TEST_F(GatheredLogTest, WhatSpilledIntoTheLogIsReadBackAndRolledBack) {
    auto writer = connect();
    must(writer.execute("PRAGMA cache_size = 10"));
    must(writer.execute(insert(10)));
    must(writer.execute("BEGIN IMMEDIATE; " + insert(500)));
    EXPECT_EQ(count_of(writer), 510);
    auto reader = look();
    EXPECT_EQ(count_of(reader), 10);
    must(writer.execute("ROLLBACK; " + insert(20)));
    EXPECT_EQ(count_of(reader), 30);
    EXPECT_EQ(must(reader.read_text("PRAGMA integrity_check")), "ok");
}

TEST_F(GatheredLogTest, TheLogStartsOverAfterItWasCopied) {
    auto writer = connect();
    auto reader = look();
    for (int i = 1; i <= 5; ++i) {
        must(writer.execute(insert(100)));
        must(writer.checkpoint());
        ASSERT_EQ(count_of(reader), i * 100);
    }
}

TEST_F(GatheredLogTest, AFullDiskFailsTheCommit) {
    auto writer = connect();
    must(writer.execute(insert(1)));
    files_.fail_log_write_after(5'000);
    EXPECT_FALSE(writer.execute(insert(100)));
    EXPECT_EQ(files_.struck_count(), 1);
    auto reader = look();
    EXPECT_EQ(count_of(reader), 1);
    must(writer.execute(insert(2)));
    EXPECT_EQ(count_of(reader), 3);
}

}  // namespace
}  // namespace dibs::database
