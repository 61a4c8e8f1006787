#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "repository/listing_filler.h"
#include "repository/postgres_store.h"
#include "repository/shard_list.h"
#include "repository/sharded_compaction_repository.h"
#include "repository/sharded_coupon_repository.h"
#include "repository/sharded_listing.h"
#include "repository/store.h"

namespace dibs::repository {

/// A store on several plain PostgreSQL servers. Each coupon lies, with all that belongs to it, on
/// one of them, and nothing that is written about a coupon touches another one: so they are as many
/// times as much room, and one that is away takes its own coupons along and nobody else's.
class ShardedStore final : public Store {
public:
    /// Opens the store at each server and sees to it that each is in its place. Fails: as
    /// `open_store`, with the server that it is about.
    [[nodiscard]] static base::Result<std::unique_ptr<ShardedStore>> open(
        const std::vector<std::string>& urls, const StoreOptions& options);

    CouponRepository& coupons() override { return coupons_; }
    CompactionRepository& compactions() override { return compactions_; }
    GroupScope group_scope() const override { return GroupScope::one_coupon; }
    bool has_other_writers() const override { return true; }
    std::vector<std::unique_ptr<StreamWatch>> watch_streams() override;
    base::Result<std::unique_ptr<AuditSnapshot>> open_snapshot() override;
    /// In order as long as one of the servers answers, since its coupons can be had: `facts` says
    /// which ones don't. Fails with invalid where any has a schema that this binary doesn't know.
    base::Result<void> check() override;
    /// Sums; and of each server, what is promised and whether it answered the last `check`.
    StoreFacts facts() override;
    base::Result<void> tidy(bool) override { return {}; }
    void announce(const StoreOwner&) override {}

    /// Who fills the listings by user; for tests that don't let the thread do it.
    [[nodiscard]] ListingFiller& filler() { return filler_; }

private:
    using Servers = std::vector<std::unique_ptr<PostgresStore>>;
    ShardedStore(std::vector<std::string> urls, Servers servers);

    const std::vector<std::string> urls_;
    const Servers servers_;
    base::Guarded<std::vector<std::optional<base::Failure>>> last_check_;  ///< By place.
    ListingFiller filler_;
    ShardedListing listing_;
    ShardedCouponRepository coupons_;
    ShardedCompactionRepository compactions_;
};

/// Opens the servers to read them, beside their owners. Fails: as `open_store_for_audit`.
[[nodiscard]] base::Result<std::unique_ptr<AuditSnapshot>> open_sharded_for_audit(
    const std::vector<std::string>& urls);

/// The same to copy them elsewhere. Fails: as `open_store_to_copy`.
[[nodiscard]] base::Result<std::unique_ptr<AuditSnapshot>> open_sharded_to_copy(
    const std::vector<std::string>& urls);

/// Opens the servers to bring rows in. Fails: as `open_store_to_import`.
[[nodiscard]] base::Result<std::unique_ptr<StoreImport>> open_sharded_to_import(
    const std::vector<std::string>& urls);

/// Brings the schema of each up to date, gives new ones their places, and says what was done.
/// Fails: as `migrate_store`.
[[nodiscard]] base::Result<MigrationReport> migrate_sharded(const std::vector<std::string>& urls);

}  // namespace dibs::repository
