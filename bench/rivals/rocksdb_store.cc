#include "rivals/rocksdb_store.h"

#include <string>

#include "rivals/rocksdb_batch.h"
#include "rivals/rocksdb_books.h"
#include "rivals/rocksdb_rows.h"
#include "rivals/rocksdb_snapshot.h"

namespace dibs::bench {

using base::Result;
using domain::CouponId;

namespace {

// choice: large enough that a batch costs nothing beside its rows.
constexpr int rows_taken_in_max = 10'000;

/// Writes all rows of one table. Past the log: a machine that stops now leaves half a store, which
/// nobody needs.
template <typename Row>
Result<void> take_in_table(RocksdbBatch& batch,
                           Result<std::unique_ptr<repository::Cursor<Row>>> rows,
                           void (RocksdbBatch::*put)(const Row&)) {
    if (!rows) return rows.failure();
    rocksdb::WriteOptions unlogged;
    unlogged.disableWAL = true;
    while (true) {
        const auto row = (*rows)->next();
        if (!row) return row.failure();
        if (*row) (batch.*put)(**row);
        if (!*row || batch.row_count() >= rows_taken_in_max) {
            if (auto written = batch.write(unlogged); !written) return written;
        }
        if (!*row) return {};
    }
}

/// One more than the last.
Result<CouponId> next_coupon_id(const RocksdbTables& tables) {
    const std::unique_ptr<rocksdb::Iterator> rows(
        tables.database().NewIterator({}, tables.coupons()));
    rows->SeekToLast();
    if (!rows->status().ok()) return rocksdb_failure(rows->status());
    if (!rows->Valid()) return CouponId{1};
    const auto last = read_terms_row(rows->key().ToStringView(), rows->value().ToStringView());
    if (!last) return last.failure();
    return CouponId{last->id.value + 1};
}

}  // namespace

Result<std::unique_ptr<RocksdbStore>> RocksdbStore::open(const std::filesystem::path& folder) {
    auto tables = RocksdbTables::open(folder);
    if (!tables) return tables.failure();
    return std::unique_ptr<RocksdbStore>(new RocksdbStore(*std::move(tables)));
}

Result<CouponId> RocksdbStore::create(const domain::CouponCreate& create, base::Instant now) {
    const base::Turns::Turn turn = turns_.wait();
    const auto id = next_coupon_id(tables_);
    if (!id) return id.failure();
    RocksdbBatch batch(tables_);
    batch.put_coupon({.id = *id,
                      .name = create.name,
                      .description = create.description,
                      .from = create.from,
                      .to = create.to,
                      .limit_per_user = create.limit_per_user,
                      .created_at = now});
    batch.put_event({.coupon_id = *id,
                     .sequence = domain::Sequence{1},
                     .kind = domain::InventoryKind::stocked,
                     .amount = create.stock,
                     .stock_after = create.stock,
                     .issued_after = 0,
                     .user_id = std::nullopt,
                     .reason = {},
                     .created_at = now});
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (auto written = batch.write(synced); !written) return written.failure();
    return *id;
}

std::unique_ptr<repository::Books> RocksdbStore::open_books() {
    return std::make_unique<RocksdbBooks>(tables_, turns_.wait());
}

Result<void> RocksdbStore::take_in(repository::AuditSnapshot& rows) {
    RocksdbBatch batch(tables_);
    auto done = take_in_table(batch, rows.coupons(), &RocksdbBatch::put_coupon);
    if (!done) return done;
    done = take_in_table(batch, rows.history(), &RocksdbBatch::put_history);
    if (!done) return done;
    done = take_in_table(batch, rows.live_events(), &RocksdbBatch::put_inventory);
    if (!done) return done;
    done = take_in_table(batch, rows.registrations(), &RocksdbBatch::put_registered);
    if (!done) return done;
    return settle();
}

std::unique_ptr<repository::AuditSnapshot> RocksdbStore::open_snapshot() const {
    return std::make_unique<RocksdbSnapshot>(tables_);
}

}  // namespace dibs::bench
