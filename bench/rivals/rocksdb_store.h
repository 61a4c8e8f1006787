#pragma once

#include <filesystem>
#include <memory>
#include <utility>

#include "base/result.h"
#include "base/turns.h"
#include "repository/audit_snapshot.h"
#include "repository/coupon_repository.h"
#include "rivals/rocksdb_tables.h"

namespace dibs::bench {

/// What issuing needs of a store, over RocksDB: coupons, books, and all rows for the audit.
class RocksdbStore {
public:
    /// Opens the store in a folder, or makes it. Fails: unavailable, corrupted.
    [[nodiscard]] static base::Result<std::unique_ptr<RocksdbStore>> open(
        const std::filesystem::path& folder);

    /// Keeps a new coupon and its first event. Fails: in_doubt, unavailable.
    [[nodiscard]] base::Result<domain::CouponId> create(const domain::CouponCreate& create,
                                                        base::Instant now);

    /// Waits for its turn and opens the books. Any thread may call.
    [[nodiscard]] std::unique_ptr<repository::Books> open_books();

    /// Takes in all rows of another store, those of users in the order in which they came. Nothing
    /// is synced before all of it is there. Fails: as the snapshot, and as `settle`.
    [[nodiscard]] base::Result<void> take_in(repository::AuditSnapshot& rows);

    /// Writes out what is in memory, and waits until nothing is left to be compacted.
    /// Fails: unavailable.
    [[nodiscard]] base::Result<void> settle() { return tables_.settle(); }

    /// Waits for what its threads have begun, and has them begin nothing more.
    /// Fails: unavailable.
    [[nodiscard]] base::Result<void> hold_still() { return tables_.hold_still(); }

    [[nodiscard]] std::unique_ptr<repository::AuditSnapshot> open_snapshot() const;

private:
    explicit RocksdbStore(RocksdbTables tables) : tables_(std::move(tables)) {}

    RocksdbTables tables_;
    base::Turns turns_;
};

}  // namespace dibs::bench
