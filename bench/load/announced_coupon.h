#pragma once

#include <chrono>
#include <cstdint>

#include "domain/coupon_create.h"

namespace dibs::bench {

// What the coupons that the benches announce have in common.

// choice: more than any run can issue; it never sells out.
inline constexpr std::int64_t endless_stock = 1'000'000'000;

// choice: longer than any bench, on both sides of now.
inline constexpr std::chrono::hours window_half{24};

/// A coupon that is open now, one for each user.
[[nodiscard]] inline domain::CouponCreate announced_coupon(std::int64_t stock, base::Instant now) {
    return {.name = "Black Friday 50%",
            .description = "Half off everything",
            .from = now - window_half,
            .to = now + window_half,
            .limit_per_user = 1,
            .stock = stock};
}

}  // namespace dibs::bench
