#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "database/postgres_connection.h"
#include "repository/shard_map.h"
#include "repository/store_import.h"

namespace dibs::repository {

/// Takes rows into a PostgreSQL store: columns of many rows as arrays, and a whole portion with its
/// COMMIT in one round trip. Nobody keeps others from writing meanwhile; the keys refuse whoever
/// comes second.
class PostgresStoreImport final : public StoreImport {
public:
    /// The schema behind `connection` is up to date. `clock` must outlive it. Where the server is
    /// one of several (`place`), what comes in is due to the listings by user.
    PostgresStoreImport(std::string url, database::PostgresConnection connection,
                        const base::Clock& clock, ShardPlace place)
        : url_(std::move(url)), connection_(std::move(connection)), clock_(clock), place_(place) {}

    base::Result<std::unique_ptr<ImportPortion>> begin() override;
    base::Result<std::unique_ptr<AuditSnapshot>> open_snapshot() override;

private:
    const std::string url_;
    database::PostgresConnection connection_;
    const base::Clock& clock_;
    const ShardPlace place_;
};

}  // namespace dibs::repository
