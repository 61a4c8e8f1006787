#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "repository/postgres_compaction_repository.h"
#include "repository/postgres_coupon_repository.h"
#include "repository/postgres_listing.h"
#include "repository/postgres_pool.h"
#include "repository/shard_map.h"
#include "repository/store.h"

namespace dibs::repository {

/// A store in one PostgreSQL database, beside any number of other processes.
class PostgresStore final : public Store {
public:
    /// Asks the server what it promises, migrates, opens. Fails: as `open_store`.
    /// `place`: which of the store's servers it is, if they are several; that this is so, whoever
    /// opens them all finds out. One that is named alone is asked whether it is.
    [[nodiscard]] static base::Result<std::unique_ptr<PostgresStore>> open(
        const std::string& url, const StoreOptions& options, ShardPlace place = {});

    PostgresCouponRepository& coupons() override { return coupons_; }
    PostgresCompactionRepository& compactions() override { return compactions_; }
    /// What the server has of the listings by user, where it is one of several.
    PostgresListing& listing() { return listing_; }
    GroupScope group_scope() const override { return GroupScope::one_coupon; }
    bool has_other_writers() const override { return true; }
    std::vector<std::unique_ptr<StreamWatch>> watch_streams() override;
    base::Result<std::unique_ptr<AuditSnapshot>> open_snapshot() override;
    base::Result<void> check() override;
    StoreFacts facts() override;
    /// The server does its own housekeeping.
    base::Result<void> tidy(bool) override { return {}; }
    /// Nobody is refused for somebody else's sake, so nobody needs to be told.
    void announce(const StoreOwner&) override {}

private:
    /// What is known of the server once it was asked.
    struct Server {
        bool can_notify = false;
        std::string durability;
        std::uint64_t size_bytes = 0;
    };
    PostgresStore(const std::string& url, const StoreOptions& options, Server server,
                  ShardPlace place);

    /// Refuses a server that promises too little, and notes what it promises.
    [[nodiscard]] base::Result<void> inspect(database::PostgresConnection& connection,
                                             base::SteadyInstant deadline);

    const std::string url_;
    const ShardPlace place_;
    const base::SystemClock clock_;
    const bool can_notify_;
    const bool allows_fsync_off_;
    base::Guarded<std::string> durability_;  ///< As of the newest connection that writes.
    std::atomic<std::uint64_t> size_bytes_;  ///< As of the opening or the last check.
    PostgresPool writers_;
    PostgresPool readers_;
    PostgresPool folders_;  ///< For the fold, which may take longer than a customer waits.
    PostgresPool fillers_;  ///< For the listings by user; nobody's where the server is alone.
    PostgresListing listing_;
    PostgresCouponRepository coupons_;
    PostgresCompactionRepository compactions_;
};

/// Opens a PostgreSQL store to read it, beside its owners. `place`: as for `PostgresStore::open`.
/// Fails: as `open_store_for_audit`.
[[nodiscard]] base::Result<std::unique_ptr<AuditSnapshot>> open_postgres_for_audit(
    const std::string& url, ShardPlace place = {});

/// The same to copy it elsewhere. Fails: as `open_store_to_copy`.
[[nodiscard]] base::Result<std::unique_ptr<AuditSnapshot>> open_postgres_to_copy(
    const std::string& url, ShardPlace place = {});

/// Opens a PostgreSQL store to bring rows in. `place`: as for `PostgresStore::open`. Fails: as
/// `open_store_to_import`.
[[nodiscard]] base::Result<std::unique_ptr<StoreImport>> open_postgres_to_import(
    const std::string& url, ShardPlace place = {});

/// Brings the schema up to date and says what was done. Fails: as `migrate_store`.
[[nodiscard]] base::Result<MigrationReport> migrate_postgres(const std::string& url);

}  // namespace dibs::repository
