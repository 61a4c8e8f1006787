#pragma once

#include <functional>

#include "base/result.h"
#include "repository/audit_snapshot.h"
#include "service/coupon_verdict.h"

namespace dibs::service {

/// Checks everything that must always be true of a store, by folding every event anew. It shares
/// nothing with the code that decided: what it holds against each other are the rows.
///
/// Calls `tell` for each coupon, by id. Memory grows with the coupons, by some bytes each, and with
/// nothing else. Blocks for as long as reading the whole store takes. Fails: unavailable, corrupted
/// (a row that can't be read).
[[nodiscard]] base::Result<void> verify(repository::AuditSnapshot& snapshot,
                                        const std::function<void(const CouponVerdict&)>& tell);

}  // namespace dibs::service
