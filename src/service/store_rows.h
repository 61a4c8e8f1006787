#pragma once

#include <optional>

#include "base/result.h"
#include "service/row_stream.h"

namespace dibs::service {

/// Every row of a store that belongs to a coupon, table by table, each in the order of the coupons.
/// Must not outlive the snapshot.
struct StoreRows {
    RowStream<domain::CouponTerms> coupons;
    RowStream<repository::TermsInForce> terms;
    RowStream<domain::CouponInventoryHistory> history;
    RowStream<domain::RegisteredCoupon> registrations;
    RowStream<domain::CouponInventory> live;

    /// Fails: unavailable, corrupted.
    [[nodiscard]] static base::Result<StoreRows> open(repository::AuditSnapshot& snapshot);

    /// The lowest coupon that any table stands at; nothing after the last row of all.
    [[nodiscard]] std::optional<domain::CouponId> next_coupon() const;
};

}  // namespace dibs::service
