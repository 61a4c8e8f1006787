#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "repository/coupon_repository.h"
#include "repository/postgres_pool.h"
#include "repository/shard_map.h"

namespace dibs::repository {

/// Coupons over PostgreSQL. What writes stands in `postgres_coupon_repository.cc`, what reads in
/// `postgres_coupon_queries.cc`. Every write of a stream holds the coupon's lock, so it never
/// meets another; where an engine still finds a conflict, it is done again, a few times.
class PostgresCouponRepository final : public CouponRepository {
public:
    /// Both must outlive it. `tells_others`: whether the engine can notify other processes that a
    /// stock was added to. Where the server is one of several (`place`), whatever changes a user's
    /// listing leaves word of it in its transaction, for those who fill the listings.
    PostgresCouponRepository(PostgresPool& writers, PostgresPool& readers, bool tells_others,
                             ShardPlace place = {})
        : writers_(writers), readers_(readers), tells_others_(tells_others), place_(place) {}

    /// The largest id of a coupon here; 0 if there is none. Fails: unavailable.
    [[nodiscard]] base::Result<domain::CouponId> newest_id();

    /// As `create`, with the first free id beyond `floor` that lies here.
    [[nodiscard]] base::Result<domain::Coupon> create_beyond(domain::CouponId floor,
                                                             const domain::CouponCreate& create,
                                                             base::Instant now);

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
    // What is done in a transaction that has read what it needs, up to its commit.

    [[nodiscard]] base::Result<domain::Coupon> create_in(PostgresPool::Begun& begun,
                                                         domain::CouponId floor,
                                                         const domain::CouponCreate& create,
                                                         base::Instant now);
    [[nodiscard]] base::Result<StockChange> change_stock_in(PostgresPool::Begun& begun,
                                                            domain::InventoryKind kind,
                                                            std::int64_t amount,
                                                            const std::string& reason,
                                                            base::Instant now);
    [[nodiscard]] base::Result<TakeBack> take_back_in(PostgresPool::Begun& begun,
                                                      const std::string& reason, base::Instant now);
    void add_news(domain::CouponId coupon_id,
                  std::vector<database::PostgresStatement>& statements) const;

    PostgresPool& writers_;
    PostgresPool& readers_;
    const bool tells_others_;
    const ShardPlace place_;
};

}  // namespace dibs::repository
