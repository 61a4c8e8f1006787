#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "database/postgres_connection.h"
#include "repository/shard_list.h"

namespace dibs::repository {

/// What a server, whose schema is up to date, says of itself. Fails: unavailable.
[[nodiscard]] base::Result<ShardState> read_shard(database::PostgresConnection& connection,
                                                  base::SteadyInstant deadline);

/// Holds the servers, whose schemas are up to date, against their records. Changes nothing; a list
/// of new servers is no store yet. Connects to each, and waits for each answer for ten seconds,
/// however long a request may wait. Fails: as `expect_places`, unavailable.
[[nodiscard]] base::Result<void> check_places(std::span<const std::string> urls);

/// The same; and new servers get their places. Any number of processes may do it at once, and may
/// be killed at it: the next call goes on. Fails also with conflict, where somebody else changes
/// the places all the while, and refused, where this role may not write them.
[[nodiscard]] base::Result<void> take_places(std::span<const std::string> urls);

}  // namespace dibs::repository
