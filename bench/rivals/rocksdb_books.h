#pragma once

#include <span>
#include <utility>

#include "base/turns.h"
#include "repository/coupon_repository.h"
#include "rivals/rocksdb_batch.h"
#include "rivals/rocksdb_tables.h"

namespace dibs::bench {

/// The books over RocksDB: rows are gathered, and written in one batch by the commit, with one sync
/// of the log. Nothing below this code keeps a row from being written twice, or a wrong one from
/// being written: RocksDB has no guards.
class RocksdbBooks final : public repository::Books {
public:
    /// `tables` must outlive the books.
    RocksdbBooks(const RocksdbTables& tables, base::Turns::Turn turn)
        : turn_(std::move(turn)), tables_(&tables), batch_(tables) {}

    [[nodiscard]] base::Result<repository::OpenCoupon> open(
        domain::CouponId coupon_id, std::span<const domain::UserId* const> users) override;
    [[nodiscard]] base::Result<void> append(
        std::span<const domain::RegisteredCouponCreate> creates) override;
    [[nodiscard]] base::Result<void> commit() override;

private:
    base::Turns::Turn turn_;
    const RocksdbTables* tables_;
    RocksdbBatch batch_;
};

}  // namespace dibs::bench
