#pragma once

#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "database/postgres_connection.h"
#include "repository/store_import.h"

namespace dibs::repository {

/// Takes rows into a PostgreSQL store: columns of many rows as arrays, and a whole portion with its
/// COMMIT in one round trip. Nobody keeps others from writing meanwhile; the keys refuse whoever
/// comes second.
class PostgresStoreImport final : public StoreImport {
public:
    /// The schema behind `connection` is up to date. `clock` must outlive it.
    PostgresStoreImport(std::string url, database::PostgresConnection connection,
                        const base::Clock& clock)
        : url_(std::move(url)), connection_(std::move(connection)), clock_(clock) {}

    base::Result<std::unique_ptr<ImportPortion>> begin() override;
    base::Result<std::unique_ptr<AuditSnapshot>> open_snapshot() override;

private:
    const std::string url_;
    database::PostgresConnection connection_;
    const base::Clock& clock_;
};

}  // namespace dibs::repository
