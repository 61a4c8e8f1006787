#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "database/postgres_connection.h"
#include "repository/migrations.h"

namespace dibs::repository {

/// PostgreSQL's steps, by number, from 1 without a gap. They are the numbered files of
/// `schema/postgres/`.
[[nodiscard]] std::span<const Migration> postgres_migrations();

/// What the service's role is granted after each migration: `schema/postgres/grants.sql`.
[[nodiscard]] std::string_view postgres_grants();

/// The number of the last step that was taken; 0 for an empty database.
/// Fails: invalid (a database of something else), unavailable.
[[nodiscard]] base::Result<std::int64_t> schema_number(database::PostgresConnection& connection,
                                                       base::SteadyInstant deadline);

/// Takes every step that is missing, each in a transaction of its own, and gives the number
/// reached. Any number of processes may do it at once. Fails: invalid (the schema is newer than the
/// last step known here), refused (this role may not), conflict (others migrate all the while),
/// unavailable.
[[nodiscard]] base::Result<std::int64_t> migrate(database::PostgresConnection& connection,
                                                 std::span<const Migration> migrations,
                                                 base::Instant now, base::SteadyInstant deadline);

}  // namespace dibs::repository
