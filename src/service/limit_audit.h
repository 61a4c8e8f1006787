#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "repository/audit_snapshot.h"
#include "service/coupon_verdict.h"

namespace dibs::service {

/// Rule 5: how many of each coupon a user holds. It is the one rule that goes user by user, so all
/// registrations are walked once for it, and what was found waits for its coupon's verdict.
class LimitAudit {
public:
    /// choice: texts that wait, of all coupons together; some 200 bytes each. What goes beyond is
    /// counted, coupon by coupon.
    static constexpr std::size_t rows_kept_max = 1'000;

    /// Walks all registrations. Fails: unavailable, corrupted.
    [[nodiscard]] static base::Result<LimitAudit> walk(repository::AuditSnapshot& snapshot);

    /// Adds what was found of the verdict's coupon.
    void add_to(CouponVerdict& verdict) const;

private:
    struct Findings {
        std::vector<std::string> rows;
        std::int64_t count = 0;
    };

    void add(domain::CouponId coupon_id, std::string row);

    std::map<domain::CouponId, Findings> found_;
    std::size_t rows_kept_ = 0;
};

}  // namespace dibs::service
