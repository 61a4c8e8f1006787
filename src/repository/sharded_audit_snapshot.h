#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "repository/audit_snapshot.h"

namespace dibs::repository {

/// Several servers' snapshots as one. Each is of one moment, and a coupon is in one of them with
/// all that belongs to it; the moments are some milliseconds apart, between coupons that share
/// nothing.
class ShardedAuditSnapshot final : public AuditSnapshot {
public:
    /// One for each server, in the servers' order.
    explicit ShardedAuditSnapshot(std::vector<std::unique_ptr<AuditSnapshot>> servers)
        : servers_(std::move(servers)) {}

    base::Result<std::unique_ptr<Cursor<domain::CouponTerms>>> coupons() override;
    base::Result<std::unique_ptr<Cursor<TermsInForce>>> terms() override;
    base::Result<std::unique_ptr<Cursor<domain::CouponInventory>>> live_events() override;
    base::Result<std::unique_ptr<Cursor<domain::CouponInventoryHistory>>> history() override;
    base::Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> registrations() override;
    base::Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> registrations_by_user()
        override;
    /// The first server's, each with what the others have done of it.
    base::Result<std::unique_ptr<Cursor<CompactionRun>>> compactions() override;
    base::Result<std::unique_ptr<Cursor<CompactionPoint>>> compaction_points() override;

private:
    const std::vector<std::unique_ptr<AuditSnapshot>> servers_;
};

}  // namespace dibs::repository
