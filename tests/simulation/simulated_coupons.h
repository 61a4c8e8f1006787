#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "repository/store.h"
#include "simulation/server.h"

namespace dibs::simulation {

/// Coupons over the simulated server, as one node sees them. Only from fibres.
class SimulatedCoupons final : public repository::CouponRepository {
public:
    SimulatedCoupons(Server& server, std::string node, repository::GroupScope scope)
        : server_(server), node_(std::move(node)), scope_(scope) {}

    base::Result<std::unique_ptr<repository::Books>> open_books() override;
    base::Result<domain::Coupon> create(const domain::CouponCreate& create,
                                        base::Instant now) override;
    base::Result<std::optional<domain::Coupon>> patch(
        domain::CouponId coupon_id, const domain::CouponPatch& patch,
        const std::function<base::Result<void>(const domain::CouponTerms&)>& check,
        base::Instant now) override;
    base::Result<repository::StockChange> change_stock(domain::CouponId coupon_id,
                                                       domain::InventoryKind kind,
                                                       std::int64_t amount,
                                                       const std::string& reason,
                                                       base::Instant now) override;
    base::Result<repository::TakeBack> take_back(domain::RegistrationId id,
                                                 const std::string& reason,
                                                 base::Instant now) override;

    base::Result<std::optional<domain::Coupon>> find(domain::CouponId coupon_id) override;
    base::Result<repository::Page<domain::Coupon>> list(domain::CouponId after,
                                                        std::size_t count_max) override;
    base::Result<repository::Page<domain::Coupon>> list_open(base::Instant now,
                                                             std::optional<OpeningPlace> after,
                                                             std::size_t count_max) override;
    base::Result<std::shared_ptr<const domain::CouponTerms>> terms_at(
        domain::CouponId coupon_id, domain::Sequence sequence) override;
    std::vector<base::Result<repository::Listing>> list_registered(
        std::span<const repository::ListingQuery> queries) override;
    base::Result<std::optional<repository::RegisteredWithTerms>> find_registered(
        const domain::UserId& user, domain::RegistrationId id) override;
    base::Result<repository::Page<domain::CouponInventory>> live_events(
        domain::CouponId coupon_id, domain::Sequence after, std::size_t count_max) override;
    base::Result<repository::Page<domain::CouponInventoryHistory>> history(
        domain::CouponId coupon_id, base::Instant from, base::Instant to, domain::Sequence after,
        std::size_t count_max) override;
    base::Result<domain::Balance> balance_at(domain::CouponId coupon_id, base::Instant at) override;
    base::Result<repository::Page<domain::RegisteredCoupon>> registrations(
        domain::CouponId coupon_id, domain::Sequence after, std::size_t count_max) override;

private:
    /// A transaction that has the coupon's stream, or everything, to itself.
    [[nodiscard]] base::Result<std::unique_ptr<Session>> begin(std::string_view call,
                                                               std::int64_t coupon);

    Server& server_;
    const std::string node_;
    const repository::GroupScope scope_;
};

}  // namespace dibs::simulation
