#pragma once

#include <memory>

#include "database/postgres_connection.h"
#include "repository/audit_snapshot.h"

namespace dibs::repository {

/// A snapshot of a PostgreSQL store: one REPEATABLE READ transaction on a connection of its own,
/// read through cursors.
class PostgresAuditSnapshot final : public AuditSnapshot {
public:
    /// `clock` must outlive it. Fails: unavailable.
    [[nodiscard]] static base::Result<std::unique_ptr<PostgresAuditSnapshot>> open(
        database::PostgresConnection connection, const base::Clock& clock);

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
    PostgresAuditSnapshot(database::PostgresConnection connection, const base::Clock& clock)
        : connection_(std::move(connection)), clock_(clock) {}

    template <typename Row, typename ReadRow>
    base::Result<std::unique_ptr<Cursor<Row>>> open_cursor(std::string_view query,
                                                           ReadRow read_row);

    database::PostgresConnection connection_;
    const base::Clock& clock_;
    int cursor_count_ = 0;
};

}  // namespace dibs::repository
