#include <string>
#include <utility>

#include "base/clock.h"
#include "database/sqlite_connection.h"
#include "load/announced_coupon.h"
#include "load/filled_store.h"
#include "repository/store.h"
#include "rivals/engine.h"

// Our own store, as the service opens it. Without its guards it is no store of ours any more: it
// says what they cost, for whoever compares it with one that has none.

namespace dibs::bench {

using base::Result;
using database::SqliteConnection;

namespace {

std::string file_in(const std::filesystem::path& folder) {
    return (folder / "dibs.db").string();
}

class SqliteEngineStore final : public EngineStore {
public:
    explicit SqliteEngineStore(std::unique_ptr<repository::Store> store)
        : store_(std::move(store)) {}

    Result<domain::CouponId> offer(std::int64_t stock) override {
        const base::Instant now = base::SystemClock().now();
        const auto coupon = store_->coupons().create(announced_coupon(stock, now), now);
        if (!coupon) return coupon.failure();
        return coupon->terms().id;
    }
    OpenBooks books() override {
        return [this] { return store_->coupons().open_books(); };
    }
    Result<void> tidy() override { return store_->tidy(true); }
    Result<void> settle() override { return store_->tidy(false); }
    Result<void> hold_still() override { return {}; }
    Result<std::unique_ptr<repository::AuditSnapshot>> open_snapshot() override {
        return store_->open_snapshot();
    }

private:
    std::unique_ptr<repository::Store> store_;
};

Result<std::unique_ptr<EngineStore>> open_sqlite_engine(const std::filesystem::path& folder) {
    auto store =
        repository::open_store("sqlite:" + file_in(folder), {.role = "bench", .call_at = {}});
    if (!store) return store.failure();
    return std::unique_ptr<EngineStore>(std::make_unique<SqliteEngineStore>(*std::move(store)));
}

Result<std::unique_ptr<EngineStore>> open_unguarded(const std::filesystem::path& folder) {
    if (auto made = repository::migrate_store("sqlite:" + file_in(folder)); !made) {
        return made.failure();
    }
    {
        auto connection = SqliteConnection::open(file_in(folder), SqliteConnection::Mode::write);
        if (!connection) return connection.failure();
        if (auto down = take_guards_down(*connection); !down) return down.failure();
    }
    return open_sqlite_engine(folder);
}

Result<void> copy_sqlite_file(const std::filesystem::path& folder,
                              const std::filesystem::path& sqlite_file) {
    std::error_code error;
    std::filesystem::copy_file(sqlite_file, file_in(folder), error);
    if (!error) return {};
    return base::Failure{base::FailureKind::unavailable,
                         sqlite_file.string() + ": " + error.message()};
}

}  // namespace

const Engine sqlite_engine{.name = "SQLite",
                           .rows_in = ".db",
                           .log_in = ".db-wal",
                           .open = open_sqlite_engine,
                           .take_in = copy_sqlite_file};
const Engine unguarded_sqlite_engine{.name = "SQLite without guards",
                                     .rows_in = ".db",
                                     .log_in = ".db-wal",
                                     .open = open_unguarded,
                                     .take_in = copy_sqlite_file};

}  // namespace dibs::bench
