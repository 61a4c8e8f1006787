#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "database/sqlite_connection.h"

namespace dibs::repository {

/// One numbered step of a schema. Steps are never changed once they were released; they only grow
/// in number.
struct Migration {
    std::int64_t number;
    std::string_view name;
    std::string_view sql;
};

/// The number under which the record of the steps says, as no step has it, that a copy into the
/// store is not finished (`ImportPortion::mark_unfinished`).
inline constexpr std::int64_t unfinished_copy_number = 0;

/// What is told to who would serve such a store.
[[nodiscard]] base::Failure unfinished_copy();

/// What is told of a schema of another number than this binary's newest step, with what to do.
[[nodiscard]] base::Failure other_schema(std::int64_t number, std::int64_t newest);

/// SQLite's steps, by number, from 1 without a gap. They are the files of `schema/sqlite/`.
[[nodiscard]] std::span<const Migration> sqlite_migrations();

/// The number of the last step that was taken; 0 for an empty database.
/// Fails: invalid (a database of something else), unavailable, corrupted.
[[nodiscard]] base::Result<std::int64_t> schema_number(database::SqliteConnection& connection);

/// Takes every step that is missing, each in a transaction of its own, and gives the number
/// reached. Fails: invalid (the schema is newer than the last step known here), unavailable,
/// corrupted.
[[nodiscard]] base::Result<std::int64_t> migrate(database::SqliteConnection& connection,
                                                 std::span<const Migration> migrations,
                                                 base::Instant now);

}  // namespace dibs::repository
