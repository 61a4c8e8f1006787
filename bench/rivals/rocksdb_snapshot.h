#pragma once

#include <memory>

#include "repository/audit_snapshot.h"
#include "rivals/rocksdb_tables.h"

namespace dibs::bench {

/// All rows at one moment, so that the audit of our own stores reads RocksDB's by the same rules.
/// Terms have one version, and nothing was ever folded here. Registered coupons by sequence are
/// read into memory and sorted. Belongs to one thread.
class RocksdbSnapshot final : public repository::AuditSnapshot {
public:
    /// `tables` must outlive the snapshot.
    explicit RocksdbSnapshot(const RocksdbTables& tables);

    base::Result<std::unique_ptr<repository::Cursor<domain::CouponTerms>>> coupons() override;
    base::Result<std::unique_ptr<repository::Cursor<repository::TermsInForce>>> terms() override;
    base::Result<std::unique_ptr<repository::Cursor<domain::CouponInventory>>> live_events()
        override;
    base::Result<std::unique_ptr<repository::Cursor<domain::CouponInventoryHistory>>> history()
        override;
    base::Result<std::unique_ptr<repository::Cursor<domain::RegisteredCoupon>>> registrations()
        override;
    base::Result<std::unique_ptr<repository::Cursor<domain::RegisteredCoupon>>>
    registrations_by_user() override;
    base::Result<std::unique_ptr<repository::Cursor<repository::CompactionRun>>> compactions()
        override;
    base::Result<std::unique_ptr<repository::Cursor<repository::CompactionPoint>>>
    compaction_points() override;

private:
    [[nodiscard]] std::unique_ptr<rocksdb::Iterator> rows_of(rocksdb::ColumnFamilyHandle* family);

    const RocksdbTables* tables_;
    rocksdb::ManagedSnapshot moment_;
};

}  // namespace dibs::bench
