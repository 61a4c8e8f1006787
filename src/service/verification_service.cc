#include "service/verification_service.h"

#include "service/coupon_audit.h"
#include "service/limit_audit.h"
#include "service/store_rows.h"

// Every table is read once, coupon by coupon in the order of their ids, so that what belongs
// together passes by together. The limit per user is counted in a walk of its own, user by user,
// beforehand.

namespace dibs::service {

base::Result<void> verify(repository::AuditSnapshot& snapshot,
                          const std::function<void(const CouponVerdict&)>& tell) {
    const auto limits = LimitAudit::walk(snapshot);
    if (!limits) return limits.failure();
    auto rows = StoreRows::open(snapshot);
    if (!rows) return rows.failure();
    while (const auto coupon_id = rows->next_coupon()) {
        auto verdict = CouponAudit(*rows, *coupon_id).run();
        if (!verdict) return verdict.failure();
        limits->add_to(*verdict);
        tell(*verdict);
    }
    return {};
}

}  // namespace dibs::service
