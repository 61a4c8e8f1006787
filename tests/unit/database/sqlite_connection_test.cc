// Goal: a connection says what went wrong by kind, keeps what it is given byte for byte, and a
// transaction is whole or nothing.
// Method: small databases in a temporary directory, two connections where one must see what the
// other does.

#include "database/sqlite_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <utility>

#include "support/moments.h"
#include "support/printing.h"
#include "support/temporary_directory.h"

namespace dibs::database {
namespace {

using base::FailureKind;
using test::kind_of;
using test::must;
using testing::HasSubstr;

class SqliteConnectionTest : public testing::Test {
protected:
    SqliteConnection connect(SqliteConnection::Mode mode = SqliteConnection::Mode::write) {
        return must(SqliteConnection::open(path_, mode));
    }
    static std::int64_t count_of(SqliteConnection& connection) {
        return must(connection.read_integer("SELECT count(*) FROM t"));
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
};

TEST_F(SqliteConnectionTest, WriteCreatesTheFileAndReadOnlyDoesNot) {
    EXPECT_EQ(kind_of(SqliteConnection::open(path_, SqliteConnection::Mode::read_only)),
              FailureKind::unavailable);
    EXPECT_FALSE(std::filesystem::exists(path_));
    must(connect().execute("CREATE TABLE t (x)"));
    EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(SqliteConnectionTest, WhatFailsSaysHowAndWhere) {
    const auto nowhere =
        SqliteConnection::open(directory_.file("nowhere/test.db"), SqliteConnection::Mode::write);
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.failure().kind, FailureKind::unavailable);
    EXPECT_EQ(nowhere.failure().what,
              directory_.file("nowhere/test.db") + ": SQLite: unable to open database file");

    test::write_file(path_, std::string(4'096, 'x'));
    auto no_database = connect();
    EXPECT_EQ(kind_of(no_database.execute("CREATE TABLE t (x)")), FailureKind::corrupted);
}

TEST_F(SqliteConnectionTest, WhatAConstraintOrATriggerSaysNoToIsRefused) {
    auto connection = connect();
    must(connection.execute(
        "CREATE TABLE t (x INTEGER PRIMARY KEY, y CHECK (y > 0));"
        "CREATE TRIGGER no BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'kept for ever'); END;"
        "INSERT INTO t VALUES (1, 1)"));
    EXPECT_EQ(kind_of(connection.execute("INSERT INTO t VALUES (1, 1)")), FailureKind::refused);
    EXPECT_EQ(kind_of(connection.execute("INSERT INTO t VALUES (2, 0)")), FailureKind::refused);
    const auto deleted = connection.execute("DELETE FROM t");
    ASSERT_FALSE(deleted);
    EXPECT_EQ(deleted.failure().kind, FailureKind::refused);
    EXPECT_THAT(deleted.failure().what, HasSubstr("kept for ever"));
}

TEST_F(SqliteConnectionTest, WhatMakesNoSenseIsInvalidAndShown) {
    auto connection = connect();
    const auto nonsense = connection.prepare("SELECT nothing FROM nowhere");
    ASSERT_FALSE(nonsense);
    EXPECT_EQ(nonsense.failure().kind, FailureKind::invalid);
    EXPECT_THAT(nonsense.failure().what, HasSubstr("SELECT nothing FROM nowhere"));
    EXPECT_EQ(kind_of(connection.execute("nonsense")), FailureKind::invalid);
}

TEST_F(SqliteConnectionTest, AReadOnlyConnectionRefusesToWrite) {
    must(connect().execute("CREATE TABLE t (x)"));
    auto reader = connect(SqliteConnection::Mode::read_only);
    EXPECT_FALSE(reader.execute("INSERT INTO t VALUES (1)"));
    EXPECT_FALSE(reader.execute("DROP TABLE t"));
    EXPECT_EQ(count_of(reader), 0);
}

TEST_F(SqliteConnectionTest, TheSchemaCannotBeForged) {
    auto connection = connect();
    must(connection.execute("CREATE TABLE t (x)"));
    static_cast<void>(connection.execute("PRAGMA writable_schema = ON"));
    EXPECT_FALSE(connection.execute("DELETE FROM sqlite_schema"));
    EXPECT_EQ(must(connection.read_integer("PRAGMA trusted_schema")), 0);
}

// Statements.

TEST_F(SqliteConnectionTest, ValuesComeBackAsTheyWereBound) {
    auto connection = connect();
    must(connection.execute("CREATE TABLE t (n INTEGER, s TEXT) STRICT"));
    const std::string with_nul("a\0b", 3);
    const std::pair<std::int64_t, std::string> values[] = {
        {0, ""},
        {std::numeric_limits<std::int64_t>::min(), "쿠폰 🎟"},
        {std::numeric_limits<std::int64_t>::max(), with_nul},
        {-1, "'; DROP TABLE t; --"},
    };
    auto insert = must(connection.prepare("INSERT INTO t VALUES (?1, ?2)"));
    for (const auto& [number, text] : values) {
        insert.bind(number, text);
        must(insert.run());
    }
    auto select = must(connection.prepare("SELECT n, s FROM t ORDER BY rowid"));
    for (const auto& [number, text] : values) {
        ASSERT_TRUE(must(select.step()));
        EXPECT_EQ(select.integer(0), number);
        EXPECT_EQ(select.text(1), text);
        EXPECT_FALSE(select.is_null(1)) << "an empty text is a text";
    }
    EXPECT_FALSE(must(select.step()));
}

TEST_F(SqliteConnectionTest, NothingIsBoundAsNull) {
    auto connection = connect();
    auto select = must(connection.prepare("SELECT ?1, ?2, ?3, ?4"));
    select.bind(std::nullopt, std::optional<std::string_view>(), std::optional<std::int64_t>(7),
                std::string_view());
    ASSERT_TRUE(must(select.step()));
    EXPECT_TRUE(select.is_null(0));
    EXPECT_EQ(select.text(0), "");
    EXPECT_TRUE(select.is_null(1));
    EXPECT_EQ(select.integer(2), 7);
    EXPECT_FALSE(select.is_null(3));
}

TEST_F(SqliteConnectionTest, ARunStatementCanBeUsedAgainAlsoAfterItFailed) {
    auto connection = connect();
    must(connection.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)"));
    auto insert = must(connection.prepare("INSERT INTO t VALUES (?1)"));
    const auto is_inserted = [&](std::int64_t x) {
        insert.bind(x);
        return insert.run().is_ok();
    };
    EXPECT_TRUE(is_inserted(1));
    EXPECT_FALSE(is_inserted(1));
    EXPECT_TRUE(is_inserted(2));
    EXPECT_EQ(count_of(connection), 2);
}

TEST_F(SqliteConnectionTest, AResetStatementStartsOverAndHoldsNothing) {
    auto connection = connect();
    must(connection.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)"));
    auto select = must(connection.prepare("SELECT x FROM t WHERE x >= ?1 ORDER BY x"));
    {
        const SqliteReset reset_at_the_end(select);
        select.bind(std::int64_t{1});
        ASSERT_TRUE(must(select.step()));
    }
    must(connection.execute("DROP TABLE t"));
}

TEST_F(SqliteConnectionTest, ACachedStatementIsCompiledOnce) {
    auto connection = connect();
    constexpr std::string_view sql = "SELECT 1";
    SqliteStatement* const first = must(connection.cached(sql));
    SqliteStatement* const other = must(connection.cached("SELECT 2"));
    for (int i = 0; i < 100; ++i) must(connection.cached("SELECT 3"));
    EXPECT_EQ(must(connection.cached(sql)), first);
    EXPECT_NE(other, first);
    EXPECT_FALSE(connection.cached("SELECT nonsense"));
}

TEST_F(SqliteConnectionTest, OneValueIsReadAndNoRowIsAContradiction) {
    auto connection = connect();
    EXPECT_EQ(must(connection.read_integer("SELECT 42")), 42);
    EXPECT_EQ(must(connection.read_text("SELECT 'forty-two'")), "forty-two");
    EXPECT_EQ(kind_of(connection.read_integer("SELECT 1 WHERE 0")), FailureKind::corrupted);
    EXPECT_EQ(kind_of(connection.read_text("SELECT 1 WHERE 0")), FailureKind::corrupted);
}

TEST_F(SqliteConnectionTest, EveryStatementIsCountedOnceHoweverManyRowsItGives) {
    auto connection = connect();
    must(connection.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3)"));
    auto select = must(connection.prepare("SELECT x FROM t"));
    const auto before = connection.statement_count();
    while (must(select.step())) {
    }
    EXPECT_EQ(connection.statement_count(), before + 1);
    select.reset();
    static_cast<void>(must(select.step()));
    EXPECT_EQ(connection.statement_count(), before + 2);
}

}  // namespace
}  // namespace dibs::database
