// Goal: a store's schema only ever goes forward, whole steps at a time, and a database that isn't
// ours, or is ahead of us, is left as it is.
// Method: small migrations over a fresh database; then whole stores through the front door, with
// the file's bytes before and after.

#include "repository/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>

#include "repository/store.h"
#include "support/child_process.h"
#include "support/printing.h"
#include "support/shop.h"
#include "support/temporary_directory.h"

namespace dibs::repository {
namespace {

using base::FailureKind;
using database::SqliteConnection;
using test::kind_of;
using test::must;
using test::noon;
using testing::HasSubstr;
using testing::Not;

constexpr auto two_steps = std::to_array<Migration>({
    {1, "first", "CREATE TABLE first (x INTEGER) STRICT;"},
    {2, "second", "CREATE TABLE second (x INTEGER) STRICT; INSERT INTO second VALUES (7);"},
});
constexpr std::span<const Migration> one_step(two_steps.data(), 1);

class Migrations : public testing::Test {
protected:
    SqliteConnection connect() {
        return must(SqliteConnection::open(path_, SqliteConnection::Mode::write));
    }
    test::Finished shell(const std::string& sql) {
        return test::run_program({"sqlite3", path_, sql});
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
    std::string url_ = "sqlite:" + path_;
};

TEST_F(Migrations, TakeAnEmptyDatabaseToTheNewestStep) {
    auto connection = connect();
    EXPECT_EQ(must(schema_number(connection)), 0);
    EXPECT_EQ(must(migrate(connection, two_steps, noon)), 2);
    EXPECT_EQ(must(schema_number(connection)), 2);
    EXPECT_EQ(must(connection.read_integer("SELECT x FROM second")), 7);
    EXPECT_EQ(shell("SELECT number, name, applied_at FROM schema_migration").out,
              "1|first|1795780800000000\n2|second|1795780800000000\n");
}

TEST_F(Migrations, TakeOnlyTheStepsThatAreMissing) {
    auto connection = connect();
    EXPECT_EQ(must(migrate(connection, one_step, noon)), 1);
    EXPECT_EQ(must(migrate(connection, two_steps, noon)), 2);
    EXPECT_EQ(must(migrate(connection, two_steps, noon)), 2) << "again does nothing";
    EXPECT_EQ(must(connection.read_integer("SELECT count(*) FROM second")), 1);
    EXPECT_EQ(must(connection.read_integer("SELECT count(*) FROM schema_migration")), 2);
}

TEST_F(Migrations, AStepThatFailsLeavesNothingAndThoseBeforeItStay) {
    constexpr auto failing = std::to_array<Migration>({
        two_steps[0],
        {2, "broken", "CREATE TABLE half (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);"},
    });
    auto connection = connect();
    const auto failed = migrate(connection, failing, noon);
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.failure().what, HasSubstr("migration 2 (broken)"));
    EXPECT_EQ(must(schema_number(connection)), 1);
    EXPECT_FALSE(connection.is_in_transaction());
    EXPECT_EQ(shell("SELECT name FROM sqlite_schema ORDER BY name").out,
              "first\nschema_migration\n");
    EXPECT_EQ(must(migrate(connection, two_steps, noon)), 2) << "once it is mended, it goes on";
}

TEST_F(Migrations, ASchemaThatIsAheadIsRefused) {
    auto connection = connect();
    must(migrate(connection, two_steps, noon));
    const auto refused = migrate(connection, one_step, noon);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().kind, FailureKind::invalid);
    EXPECT_EQ(refused.failure().what,
              "the schema is number 2, and this binary knows 1: run the newer dibs that"
              " wrote it");
    EXPECT_EQ(must(schema_number(connection)), 2);
}

TEST(SqliteMigrations, AreNumberedFromOneWithoutAGap) {
    std::int64_t expected = 1;
    for (const Migration& step : sqlite_migrations()) {
        EXPECT_EQ(step.number, expected++);
        EXPECT_FALSE(step.name.empty());
        EXPECT_THAT(std::string(step.sql), Not(HasSubstr("IF NOT EXISTS"))) << "a step is certain";
    }
    EXPECT_GT(expected, 1);
}

// Through the front door.

TEST_F(Migrations, AStoreSaysWhatItsMigrationDid) {
    const std::int64_t newest = sqlite_migrations().back().number;
    const MigrationReport first = must(migrate_store(url_));
    EXPECT_EQ(first.from_number, 0);
    EXPECT_EQ(first.to_number, newest);
    const MigrationReport second = must(migrate_store(url_));
    EXPECT_EQ(second.from_number, newest);
    EXPECT_EQ(second.to_number, newest);
    EXPECT_TRUE(must(open_store(url_, {.role = "serve", .call_at = {}}))->check());
}

TEST_F(Migrations, AnEmptyFileBecomesAStore) {
    test::write_file(path_, "");
    EXPECT_TRUE(must(open_store(url_, {.role = "serve", .call_at = {}}))->check());
}

TEST_F(Migrations, AStoreThatIsAheadIsRefusedInOneLineAndLeftAsItIs) {
    must(migrate_store(url_));
    shell("INSERT INTO schema_migration VALUES (99, 'tomorrow', 0)");
    const std::string before = test::read_file(path_);
    for (const base::Failure& failure :
         {open_store(url_, {.role = "serve", .call_at = {}}).failure(),
          migrate_store(url_).failure(), open_store_for_audit(url_).failure()}) {
        EXPECT_EQ(failure.kind, FailureKind::invalid);
        EXPECT_THAT(failure.what, HasSubstr(path_));
        EXPECT_THAT(failure.what, HasSubstr("99"));
        EXPECT_THAT(failure.what, HasSubstr("newer dibs"));
        EXPECT_THAT(failure.what, Not(HasSubstr("\n")));
    }
    EXPECT_TRUE(test::read_file(path_) == before);
}

TEST_F(Migrations, AStoreWhoseSchemaIsMovedMeanwhileSaysWhatToRun) {
    const auto store = must(open_store(url_, {.role = "serve", .call_at = {}}));
    shell("INSERT INTO schema_migration VALUES (99, 'tomorrow', 0)");
    const auto checked = store->check();
    EXPECT_EQ(checked.failure().kind, FailureKind::invalid);
    EXPECT_THAT(checked.failure().what, HasSubstr("the schema is number 99"));
    EXPECT_THAT(checked.failure().what, HasSubstr("run the newer dibs"));
}

TEST_F(Migrations, SomebodyElsesDatabaseIsRefusedAndLeftAsItIs) {
    shell("CREATE TABLE holidays (day TEXT); INSERT INTO holidays VALUES ('friday')");
    const std::string before = test::read_file(path_);
    for (const base::Failure& failure :
         {open_store(url_, {.role = "serve", .call_at = {}}).failure(),
          migrate_store(url_).failure(), open_store_for_audit(url_).failure()}) {
        EXPECT_EQ(failure.kind, FailureKind::invalid);
        EXPECT_THAT(failure.what, HasSubstr("a database of something else"));
        EXPECT_THAT(failure.what, Not(HasSubstr("\n")));
    }
    EXPECT_TRUE(test::read_file(path_) == before);
    EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
}

TEST_F(Migrations, WhatIsNoDatabaseIsRefusedAndLeftAsItIs) {
    const std::string letter(4'096, 'x');
    test::write_file(path_, letter);
    EXPECT_EQ(kind_of(open_store(url_, {.role = "serve", .call_at = {}})), FailureKind::corrupted);
    EXPECT_EQ(kind_of(migrate_store(url_)), FailureKind::corrupted);
    EXPECT_EQ(kind_of(open_store_for_audit(url_)), FailureKind::corrupted);
    EXPECT_TRUE(test::read_file(path_) == letter);
}

TEST_F(Migrations, AnAuditChangesNothingNotEvenTheSchema) {
    EXPECT_EQ(kind_of(open_store_for_audit(url_)), FailureKind::unavailable);
    EXPECT_FALSE(std::filesystem::exists(path_)) << "a look creates nothing";

    { must(migrate(*std::make_unique<SqliteConnection>(connect()), one_step, noon)); }
    shell("UPDATE schema_migration SET number = 0");
    const auto refused = open_store_for_audit(url_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().kind, FailureKind::invalid);
    EXPECT_THAT(refused.failure().what, HasSubstr("run dibs migrate"));
}

TEST(StoreUrl, NamesAFileOrIsRefused) {
    EXPECT_EQ(file_of_store("sqlite:./dibs.db"), "./dibs.db");
    EXPECT_EQ(file_of_store("sqlite:/var/lib/dibs/store.db"), "/var/lib/dibs/store.db");
    EXPECT_EQ(file_of_store("dibs.db"), std::nullopt);
    for (const char* url : {"", "sqlite:", "dibs.db", "mysql://x", "SQLITE:x"}) {
        const auto refused = open_store(url, {.role = "serve", .call_at = {}});
        ASSERT_FALSE(refused) << url;
        EXPECT_EQ(refused.failure().kind, FailureKind::invalid) << url;
        EXPECT_THAT(refused.failure().what, HasSubstr("sqlite:PATH"));
        EXPECT_EQ(kind_of(migrate_store(url)), FailureKind::invalid);
        EXPECT_EQ(kind_of(open_store_for_audit(url)), FailureKind::invalid);
    }
}

TEST(StoreUrl, ADirectoryThatIsNotThereIsUnavailable) {
    const test::TemporaryDirectory directory;
    EXPECT_EQ(kind_of(open_store("sqlite:" + directory.file("nowhere/test.db"),
                                 {.role = "serve", .call_at = {}})),
              FailureKind::unavailable);
}

}  // namespace
}  // namespace dibs::repository
