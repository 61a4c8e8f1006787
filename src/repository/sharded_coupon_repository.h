#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repository/coupon_repository.h"
#include "repository/postgres_coupon_repository.h"
#include "repository/shard_map.h"
#include "repository/sharded_listing.h"

namespace dibs::repository {

/// Coupons on several servers: what is about one coupon goes to its owner, what is about many is
/// put together, page by page.
class ShardedCouponRepository final : public CouponRepository {
public:
    /// One for each server, in the servers' order. All must outlive it. `wrote` is called after
    /// each commit that a listing may owe something to, and now and then after what came to
    /// nothing.
    ShardedCouponRepository(std::vector<PostgresCouponRepository*> owners, ShardedListing& listing,
                            std::function<void()> wrote)
        : map_(owners.size()),
          owners_(std::move(owners)),
          listing_(listing),
          wrote_(std::move(wrote)) {}

    base::Result<std::unique_ptr<Books>> open_books() override;
    base::Result<domain::Coupon> create(const domain::CouponCreate& create,
                                        base::Instant now) override;
    base::Result<std::optional<domain::Coupon>> patch(
        domain::CouponId coupon_id, const domain::CouponPatch& patch,
        const std::function<base::Result<void>(const domain::CouponTerms&)>& check,
        base::Instant now) override;
    base::Result<StockChange> change_stock(domain::CouponId coupon_id, domain::InventoryKind kind,
                                           std::int64_t amount, const std::string& reason,
                                           base::Instant now) override;
    base::Result<TakeBack> take_back(domain::RegistrationId id, const std::string& reason,
                                     base::Instant now) override;

    base::Result<std::optional<domain::Coupon>> find(domain::CouponId coupon_id) override;
    base::Result<Page<domain::Coupon>> list(domain::CouponId after, std::size_t count_max) override;
    base::Result<Page<domain::Coupon>> list_open(base::Instant now,
                                                 std::optional<OpeningPlace> after,
                                                 std::size_t count_max) override;
    base::Result<std::shared_ptr<const domain::CouponTerms>> terms_at(
        domain::CouponId coupon_id, domain::Sequence sequence) override;
    std::vector<base::Result<Listing>> list_registered(
        std::span<const ListingQuery> queries) override;
    base::Result<std::optional<RegisteredWithTerms>> find_registered(
        const domain::UserId& user, domain::RegistrationId id) override;
    base::Result<Page<domain::CouponInventory>> live_events(domain::CouponId coupon_id,
                                                            domain::Sequence after,
                                                            std::size_t count_max) override;
    base::Result<Page<domain::CouponInventoryHistory>> history(domain::CouponId coupon_id,
                                                               base::Instant from, base::Instant to,
                                                               domain::Sequence after,
                                                               std::size_t count_max) override;
    base::Result<domain::Balance> balance_at(domain::CouponId coupon_id, base::Instant at) override;
    base::Result<Page<domain::RegisteredCoupon>> registrations(domain::CouponId coupon_id,
                                                               domain::Sequence after,
                                                               std::size_t count_max) override;

private:
    [[nodiscard]] PostgresCouponRepository& owner_of(domain::CouponId coupon_id) const {
        return *owners_[map_.place_of(coupon_id)];
    }

    const ShardMap map_;
    const std::vector<PostgresCouponRepository*> owners_;
    ShardedListing& listing_;
    const std::function<void()> wrote_;
};

}  // namespace dibs::repository
