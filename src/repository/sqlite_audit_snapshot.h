#pragma once

#include <memory>

#include "database/sqlite_connection.h"
#include "repository/audit_snapshot.h"

namespace dibs::repository {

/// A snapshot of a SQLite store: one read transaction on a connection of its own.
class SqliteAuditSnapshot final : public AuditSnapshot {
public:
    /// Fails: unavailable, corrupted.
    [[nodiscard]] static base::Result<std::unique_ptr<SqliteAuditSnapshot>> open(
        database::SqliteConnection connection);

    base::Result<std::unique_ptr<Cursor<TermsInForce>>> terms() override;
    base::Result<std::unique_ptr<Cursor<domain::CouponInventory>>> live_events() override;
    base::Result<std::unique_ptr<Cursor<domain::CouponInventoryHistory>>> history() override;
    base::Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> registrations() override;
    base::Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> registrations_by_user()
        override;

private:
    explicit SqliteAuditSnapshot(database::SqliteConnection connection)
        : connection_(std::move(connection)) {}

    database::SqliteConnection connection_;
};

}  // namespace dibs::repository
