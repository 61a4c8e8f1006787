#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "base/result.h"
#include "repository/audit_snapshot.h"

// What everybody does with a snapshot's rows who walks through them.

namespace dibs::repository {

/// The coupon that a row belongs to.
[[nodiscard]] inline domain::CouponId coupon_of(const domain::CouponTerms& row) {
    return row.id;
}
[[nodiscard]] inline domain::CouponId coupon_of(const TermsInForce& row) {
    return row.terms.id;
}
[[nodiscard]] inline domain::CouponId coupon_of(const domain::CouponInventory& row) {
    return row.coupon_id;
}
[[nodiscard]] inline domain::CouponId coupon_of(const domain::RegisteredCoupon& row) {
    return row.coupon_id;
}
[[nodiscard]] inline domain::CouponId coupon_of(const CompactionPoint& row) {
    return row.coupon_id;
}

/// Hands each row to `use`, one after another. Fails as the opening of the cursor, or as the
/// cursor.
template <typename Row, typename Use>
[[nodiscard]] base::Result<void> for_each_row(base::Result<std::unique_ptr<Cursor<Row>>> cursor,
                                              Use use) {
    if (!cursor) return cursor.failure();
    while (true) {
        auto row = (*cursor)->next();
        if (!row) return row.failure();
        if (!*row) return {};
        use(**std::move(row));
    }
}

}  // namespace dibs::repository
