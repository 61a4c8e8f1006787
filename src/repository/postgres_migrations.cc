#include "repository/postgres_migrations.h"

#include <fmt/format.h>

#include <string>

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;
using base::SteadyInstant;
using database::PostgresConnection;

namespace {

// choice: nodes that start at once on an empty database meet each other a few times at most.
constexpr int step_tries_max = 10;

/// One script, one transaction: it takes the table's lock, and then finds the step taken already,
/// or takes it.
std::string script_of(const Migration& step, base::Instant now) {
    return fmt::format(
        "BEGIN;"
        "LOCK TABLE schema_migration IN EXCLUSIVE MODE;"
        "INSERT INTO schema_migration (number, name, applied_at) VALUES ({}, '{}', {});"
        "{};"
        "COMMIT",
        step.number, step.name, base::to_microseconds(now), step.sql);
}

/// Gives up what a script left open when it failed.
void clear(PostgresConnection& connection, SteadyInstant deadline) {
    if (connection.is_in_transaction()) connection.roll_back(deadline);
}

Result<void> prepare_record(PostgresConnection& connection, SteadyInstant deadline) {
    return connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_migration ("
        "    number     bigint PRIMARY KEY,"
        "    name       text   NOT NULL,"
        "    applied_at bigint NOT NULL)",
        deadline);
}

}  // namespace

Result<std::int64_t> schema_number(PostgresConnection& connection, SteadyInstant deadline) {
    const auto known = connection.run(
        {"SELECT (SELECT count(*) FROM information_schema.tables"
         "         WHERE table_schema = current_schema() AND table_name = 'schema_migration'),"
         "       (SELECT count(*) FROM information_schema.tables"
         "         WHERE table_schema = current_schema() AND table_name = 'coupon'),"
         "       current_schema() IS NULL",
         {}},
        deadline);
    if (!known) return known.failure();
    if (known->boolean(0, 2)) {
        return Failure{FailureKind::invalid,
                       "this role may use no schema of the database: run dibs migrate with the "
                       "owner's URL, which grants what dibs_service needs"};
    }
    if (known->integer(0, 0) == 0) {
        if (known->integer(0, 1) == 0) return 0;
        return Failure{FailureKind::invalid,
                       "this is a database of something else: name one of its own for --store"};
    }
    const auto number =
        connection.run({"SELECT coalesce(max(number), 0) FROM schema_migration", {}}, deadline);
    if (!number) return number.failure();
    return number->integer(0, 0);
}

Result<std::int64_t> migrate(PostgresConnection& connection, std::span<const Migration> migrations,
                             base::Instant now, SteadyInstant deadline) {
    const std::int64_t newest = migrations.back().number;
    for (int tried = 1;; ++tried) {
        const auto number = schema_number(connection, deadline);
        if (!number) return number.failure();
        if (*number > newest) return other_schema(*number, newest);
        if (*number == newest) return newest;
        const Migration& step = migrations[static_cast<std::size_t>(*number)];
        auto done = prepare_record(connection, deadline);
        if (done) done = connection.execute(script_of(step, now), deadline);
        if (done) {
            tried = 0;
            if (step.number < newest) continue;
            if (auto granted = connection.execute(std::string(postgres_grants()), deadline);
                !granted) {
                return granted.failure();
            }
            return newest;
        }
        clear(connection, deadline);
        // Somebody else may have taken the step at the same moment, or be about to; then a later
        // look shows it. What one is told is that a key, a table (42P07) or its row type (42710) is
        // there already; a table of somebody else's stays there.
        const auto kind = done.failure().kind;
        const bool may_be_taken = kind == FailureKind::refused || kind == FailureKind::conflict ||
                                  kind == FailureKind::invalid;
        if (!may_be_taken || tried == step_tries_max) {
            return Failure{kind, fmt::format("migration {} ({}): {}", step.number, step.name,
                                             done.failure().what)};
        }
    }
}

}  // namespace dibs::repository
