#include "repository/migrations.h"

#include <fmt/format.h>

#include <string>

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;
using database::SqliteConnection;
using database::SqliteTransaction;

namespace {

// "DIBS" in ASCII: what `file` shows, and how a database of something else is told from an empty
// one.
constexpr std::int64_t application_id = 0x44494253;

Result<void> take_step(SqliteConnection& connection, const Migration& step, base::Instant now) {
    auto transaction = SqliteTransaction::begin(connection, SqliteTransaction::Kind::write);
    if (!transaction) return transaction.failure();
    if (auto done = connection.execute(std::string(step.sql)); !done) return done.failure();
    auto record = connection.prepare(
        "INSERT INTO schema_migration (number, name, applied_at) VALUES (?1, ?2, ?3)");
    if (!record) return record.failure();
    record->bind(step.number, step.name, base::to_microseconds(now));
    if (auto done = record->run(); !done) return done.failure();
    return transaction->commit();
}

Result<void> prepare_record(SqliteConnection& connection) {
    auto transaction = SqliteTransaction::begin(connection, SqliteTransaction::Kind::write);
    if (!transaction) return transaction.failure();
    auto done =
        connection.execute(fmt::format("PRAGMA application_id = {};"
                                       "CREATE TABLE IF NOT EXISTS schema_migration ("
                                       "    number     INTEGER PRIMARY KEY,"
                                       "    name       TEXT    NOT NULL,"
                                       "    applied_at INTEGER NOT NULL"
                                       ") STRICT",
                                       application_id));
    if (!done) return done.failure();
    return transaction->commit();
}

}  // namespace

Failure unfinished_copy() {
    return {
        FailureKind::unavailable,
        "a copy into it was not finished: give the same dibs copy again, which goes on with it"};
}

Failure other_schema(std::int64_t number, std::int64_t newest) {
    return {FailureKind::invalid,
            fmt::format("the schema is number {}, and this binary knows {}: {}", number, newest,
                        number < newest ? "run dibs migrate" : "run the newer dibs that wrote it")};
}

Result<std::int64_t> schema_number(SqliteConnection& connection) {
    const auto table_count = connection.read_integer("SELECT count(*) FROM sqlite_schema");
    if (!table_count) return table_count.failure();
    if (*table_count == 0) return 0;
    const auto id = connection.read_integer("PRAGMA application_id");
    if (!id) return id.failure();
    if (*id != application_id) {
        return Failure{FailureKind::invalid,
                       "this is a database of something else: name a file of its own for --store"};
    }
    return connection.read_integer("SELECT coalesce(max(number), 0) FROM schema_migration");
}

Result<std::int64_t> migrate(SqliteConnection& connection, std::span<const Migration> migrations,
                             base::Instant now) {
    const auto number = schema_number(connection);
    if (!number) return number.failure();
    const std::int64_t newest = migrations.back().number;
    if (*number > newest) return other_schema(*number, newest);
    if (*number == newest) return newest;
    if (auto done = prepare_record(connection); !done) return done.failure();
    for (const Migration& step : migrations) {
        if (step.number <= *number) continue;
        if (auto done = take_step(connection, step, now); !done) {
            return Failure{done.failure().kind, fmt::format("migration {} ({}): {}", step.number,
                                                            step.name, done.failure().what)};
        }
    }
    return newest;
}

}  // namespace dibs::repository
