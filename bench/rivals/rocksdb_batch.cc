#include "rivals/rocksdb_batch.h"

#include "base/ensure.h"
#include "rivals/rocksdb_rows.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

void RocksdbBatch::put(rocksdb::ColumnFamilyHandle* family) {
    base::ensure(batch_.Put(family, key_, row_).ok(), "a batch takes rows of this size");
}

void RocksdbBatch::put_coupon(const domain::CouponTerms& terms) {
    key_ = coupon_key(terms.id);
    write_terms(row_, terms);
    put(tables_->coupons());
}

void RocksdbBatch::put_history(const domain::CouponInventory& event) {
    write_history_key(key_, event);
    write_event(row_, event);
    put(tables_->history());
}

void RocksdbBatch::put_inventory(const domain::CouponInventory& event) {
    write_inventory_key(key_, event);
    write_event(row_, event);
    put(tables_->inventory());
}

void RocksdbBatch::put_event(const domain::CouponInventory& event) {
    put_history(event);
    // The row is the one that the history has got.
    write_inventory_key(key_, event);
    put(tables_->inventory());
}

void RocksdbBatch::put_registered(const domain::RegisteredCoupon& registered) {
    write_registered_key(key_, registered.user_id, registered.coupon_id, registered.nth);
    write_registered(row_, registered);
    put(tables_->registered());
}

Result<void> RocksdbBatch::write(const rocksdb::WriteOptions& options) {
    const rocksdb::Status written = tables_->database().Write(options, &batch_);
    batch_.Clear();
    if (written.ok()) return {};
    // What of it the log has, only a new opening would tell.
    return Failure{FailureKind::in_doubt, rocksdb_failure(written).what};
}

}  // namespace dibs::bench
