#include <utility>

#include "base/clock.h"
#include "load/announced_coupon.h"
#include "repository/store.h"
#include "rivals/engine.h"
#include "rivals/rocksdb_store.h"

namespace dibs::bench {

using base::Result;

namespace {

class RocksdbEngineStore final : public EngineStore {
public:
    explicit RocksdbEngineStore(std::unique_ptr<RocksdbStore> store) : store_(std::move(store)) {}

    Result<domain::CouponId> offer(std::int64_t stock) override {
        const base::Instant now = base::SystemClock().now();
        return store_->create(announced_coupon(stock, now), now);
    }
    OpenBooks books() override {
        return [this] { return Result<std::unique_ptr<repository::Books>>(store_->open_books()); };
    }
    /// RocksDB compacts in threads of its own, and stalls whoever writes while they lag behind.
    Result<void> tidy() override { return {}; }
    Result<void> settle() override { return store_->settle(); }
    Result<void> hold_still() override { return store_->hold_still(); }
    Result<std::unique_ptr<repository::AuditSnapshot>> open_snapshot() override {
        return store_->open_snapshot();
    }

private:
    std::unique_ptr<RocksdbStore> store_;
};

Result<std::unique_ptr<EngineStore>> open_rocksdb_engine(const std::filesystem::path& folder) {
    auto store = RocksdbStore::open(folder);
    if (!store) return store.failure();
    return std::unique_ptr<EngineStore>(std::make_unique<RocksdbEngineStore>(*std::move(store)));
}

Result<void> take_in_from_sqlite(const std::filesystem::path& folder,
                                 const std::filesystem::path& sqlite_file) {
    auto rows = repository::open_store_for_audit("sqlite:" + sqlite_file.string());
    if (!rows) return rows.failure();
    auto store = RocksdbStore::open(folder);
    if (!store) return store.failure();
    return (*store)->take_in(**rows);
}

}  // namespace

const Engine rocksdb_engine{.name = "RocksDB",
                            .rows_in = ".sst",
                            .log_in = ".log",
                            .open = open_rocksdb_engine,
                            .take_in = take_in_from_sqlite};

}  // namespace dibs::bench
