#pragma once

#include <string>

#include "base/instant.h"
#include "domain/coupon_inventory.h"
#include "domain/registered_coupon.h"

// How the audit names the rows that it finds broken. All of it takes whatever a damaged row holds.

namespace dibs::service {

[[nodiscard]] std::string describe(const domain::CouponInventory& event);
[[nodiscard]] std::string describe(const domain::RegisteredCoupon& registered);

/// A time in words, or as its number where it is beyond what has words.
[[nodiscard]] std::string describe(base::Instant instant);

}  // namespace dibs::service
