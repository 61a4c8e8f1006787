#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "database/file_lock.h"
#include "database/sqlite_connection.h"
#include "repository/audit_snapshot.h"

namespace dibs::repository {

/// A snapshot of a SQLite store: one read transaction on a connection of its own.
class SqliteAuditSnapshot final : public AuditSnapshot {
public:
    /// Keeps `ownership`, where there is one, for as long as it lives: then nobody writes the store
    /// meanwhile. Fails: unavailable, corrupted.
    [[nodiscard]] static base::Result<std::unique_ptr<SqliteAuditSnapshot>> open(
        database::SqliteConnection connection, std::optional<database::FileLock> ownership = {});

    base::Result<std::unique_ptr<Cursor<domain::CouponTerms>>> coupons() override;
    base::Result<std::unique_ptr<Cursor<TermsInForce>>> terms() override;
    base::Result<std::unique_ptr<Cursor<domain::CouponInventory>>> live_events() override;
    base::Result<std::unique_ptr<Cursor<domain::CouponInventoryHistory>>> history() override;
    base::Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> registrations() override;
    base::Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> registrations_by_user()
        override;
    base::Result<std::unique_ptr<Cursor<CompactionRun>>> compactions() override;
    base::Result<std::unique_ptr<Cursor<CompactionPoint>>> compaction_points() override;

private:
    SqliteAuditSnapshot(database::SqliteConnection connection,
                        std::optional<database::FileLock> ownership)
        : ownership_(std::move(ownership)), connection_(std::move(connection)) {}

    std::optional<database::FileLock> ownership_;  // Given up last.
    database::SqliteConnection connection_;
};

}  // namespace dibs::repository
