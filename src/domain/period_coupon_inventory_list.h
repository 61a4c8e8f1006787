#pragma once

#include <map>
#include <vector>

#include "base/result.h"
#include "domain/coupon_inventory.h"

namespace dibs::domain {

/// The live inventory events of a period, of any number of coupons: what the daily fold folds.
///
/// Of each coupon the list holds a beginning of the live stream: a cumulative event, if there is
/// one, and the events right after it. Pure; a value.
class PeriodCouponInventoryList {
public:
    explicit PeriodCouponInventoryList(std::vector<CouponInventory> events);

    [[nodiscard]] bool is_empty() const { return events_by_coupon_.empty(); }

    /// Groups the events by coupon and folds each group into one cumulative event, which stands at
    /// the place of the last event that it folds and carries the same balance. The total of the
    /// amounts is the same before and after.
    ///
    /// Fails: corrupted, if the events contradict each other (a gap, a balance that the amounts do
    /// not give, a stock below zero): then nothing may be folded over it.
    [[nodiscard]] base::Result<std::vector<CouponInventory>> reduce_to_cumulative() const;

private:
    std::map<CouponId, std::vector<CouponInventory>> events_by_coupon_;
};

}  // namespace dibs::domain
