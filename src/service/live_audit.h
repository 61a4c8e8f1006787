#pragma once

#include "base/result.h"
#include "service/checked_sum.h"
#include "service/coupon_verdict.h"
#include "service/store_rows.h"

namespace dibs::service {

/// Rules 1 and 2 for one coupon's live events: each is held against the history at its place, and
/// what they sum up to against what the history comes to.
class LiveAudit {
public:
    /// Both must outlive it.
    LiveAudit(RowStream<domain::CouponInventory>& live, CouponVerdict& verdict)
        : live_(live), verdict_(verdict) {}

    /// Passes by the live events up to this one of the history. In the order of the stream. Fails:
    /// unavailable, corrupted.
    [[nodiscard]] base::Result<void> check_up_to(const domain::CouponInventory& history);

    /// Once the history was folded into the verdict's balance. Fails: unavailable, corrupted.
    [[nodiscard]] base::Result<void> finish();

private:
    /// Looks at the event that `live_` stands at, and at what history has there, if anything.
    [[nodiscard]] base::Result<void> take_next(const domain::CouponInventory* history);

    RowStream<domain::CouponInventory>& live_;
    CouponVerdict& verdict_;
    CheckedSum sum_;
    domain::Balance last_;  ///< What the last event that passed by says.
};

}  // namespace dibs::service
