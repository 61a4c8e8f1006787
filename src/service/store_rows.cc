#include "service/store_rows.h"

#include <utility>

namespace dibs::service {

base::Result<StoreRows> StoreRows::open(repository::AuditSnapshot& snapshot) {
    auto coupons = RowStream<domain::CouponTerms>::start(snapshot.coupons());
    if (!coupons) return coupons.failure();
    auto terms = RowStream<repository::TermsInForce>::start(snapshot.terms());
    if (!terms) return terms.failure();
    auto history = RowStream<domain::CouponInventoryHistory>::start(snapshot.history());
    if (!history) return history.failure();
    auto registrations = RowStream<domain::RegisteredCoupon>::start(snapshot.registrations());
    if (!registrations) return registrations.failure();
    auto live = RowStream<domain::CouponInventory>::start(snapshot.live_events());
    if (!live) return live.failure();
    return StoreRows{*std::move(coupons), *std::move(terms), *std::move(history),
                     *std::move(registrations), *std::move(live)};
}

std::optional<domain::CouponId> StoreRows::next_coupon() const {
    std::optional<domain::CouponId> lowest;
    const auto consider = [&lowest](const auto& front) {
        if (front && (!lowest || coupon_of(*front) < *lowest)) lowest = coupon_of(*front);
    };
    consider(coupons.front());
    consider(terms.front());
    consider(history.front());
    consider(registrations.front());
    consider(live.front());
    return lowest;
}

}  // namespace dibs::service
