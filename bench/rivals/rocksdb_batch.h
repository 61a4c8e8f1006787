#pragma once

#include <rocksdb/write_batch.h>

#include <string>

#include "domain/coupon.h"
#include "rivals/rocksdb_tables.h"

namespace dibs::bench {

/// Rows that are written together, or not at all. Belongs to one thread.
class RocksdbBatch {
public:
    /// `tables` must outlive the batch.
    explicit RocksdbBatch(const RocksdbTables& tables) : tables_(&tables) {}

    void put_coupon(const domain::CouponTerms& terms);
    void put_history(const domain::CouponInventory& event);
    void put_inventory(const domain::CouponInventory& event);
    /// Into both.
    void put_event(const domain::CouponInventory& event);
    void put_registered(const domain::RegisteredCoupon& registered);

    [[nodiscard]] int row_count() const { return batch_.Count(); }

    /// Writes all of it, and forgets it. Blocks for the sync that the options ask for.
    /// Fails: in_doubt.
    [[nodiscard]] base::Result<void> write(const rocksdb::WriteOptions& options);

private:
    void put(rocksdb::ColumnFamilyHandle* family);

    const RocksdbTables* tables_;
    rocksdb::WriteBatch batch_;
    // Of the row at hand; kept, so that each needs no memory of its own.
    std::string key_;
    std::string row_;
};

}  // namespace dibs::bench
