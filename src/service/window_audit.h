#pragma once

#include <optional>

#include "base/result.h"
#include "service/coupon_verdict.h"
#include "service/store_rows.h"

namespace dibs::service {

/// Rule 6 for one coupon: its terms come into force one after another while its stream passes by,
/// and each registration is held against the window of its own time. So it keeps one version of the
/// terms, however many there are.
class WindowAudit {
public:
    /// Both must outlive it; the terms stand at the coupon's first, or beyond it.
    WindowAudit(StoreRows& rows, CouponVerdict& verdict) : rows_(rows), verdict_(verdict) {}

    /// In the order of their sequences. Fails: unavailable, corrupted.
    [[nodiscard]] base::Result<void> check(const domain::RegisteredCoupon& registered);

    /// Once all were checked: passes by what is left of the terms, and holds the last of them
    /// against what is announced now. Fails: unavailable, corrupted.
    [[nodiscard]] base::Result<void> finish();

private:
    /// The version that the terms stand at is in force from here on.
    [[nodiscard]] base::Result<void> take_next();

    StoreRows& rows_;
    CouponVerdict& verdict_;
    std::optional<repository::TermsInForce> in_force_;
};

}  // namespace dibs::service
