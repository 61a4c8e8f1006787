#pragma once

#include "base/result.h"
#include "service/checked_sum.h"
#include "service/coupon_verdict.h"
#include "service/live_audit.h"
#include "service/returns_audit.h"
#include "service/store_rows.h"
#include "service/window_audit.h"

namespace dibs::service {

/// All rules for one coupon but the limit per user: its history is folded event by event, and what
/// belongs to each place, live or registered, passes by with it.
class CouponAudit {
public:
    /// `rows` must outlive it, and stand at no earlier coupon.
    CouponAudit(StoreRows& rows, domain::CouponId coupon_id);
    CouponAudit(const CouponAudit&) = delete;  // Its parts write into its verdict.
    CouponAudit& operator=(const CouponAudit&) = delete;

    /// Once. Passes by every row of the coupon. Fails: unavailable, corrupted.
    [[nodiscard]] base::Result<CouponVerdict> run();

private:
    /// Whether the next registration stands before the next event.
    [[nodiscard]] bool is_registration_next() const;
    [[nodiscard]] base::Result<void> check_unissued();
    [[nodiscard]] base::Result<void> check_event();
    /// Rules 1 to 3 for an event of the history.
    void fold(const domain::CouponInventory& event);
    /// Rules 4 and 6 for the event, and who is registered at its place.
    [[nodiscard]] base::Result<void> check_registration(const domain::CouponInventory& event);

    StoreRows& rows_;
    CouponVerdict verdict_;
    CheckedSum stock_;
    LiveAudit live_;
    WindowAudit window_;
    ReturnsAudit returns_;
};

}  // namespace dibs::service
