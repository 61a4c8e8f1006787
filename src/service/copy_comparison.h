#pragma once

#include <cstdint>
#include <map>

#include "base/result.h"
#include "repository/audit_snapshot.h"

namespace dibs::service {

/// How much of a coupon a copy has so far.
struct CopyMark {
    std::int64_t terms_count = 0;
    domain::Sequence head;        ///< Of the history.
    domain::Sequence registered;  ///< The last event whose registration is there.
    domain::Sequence folded;      ///< The cumulative event's place; 0 if there is none.
    domain::Sequence live_head;   ///< Of the live events.
};

/// By coupon; one that isn't there at all has no mark.
using CopyMarks = std::map<domain::CouponId, CopyMark>;

/// Holds what the target of a copy has against the source, row by row, and says how far each coupon
/// was copied. A source that went on since then is still the same: it has all that the copy has.
///
/// Blocks for as long as reading both takes; memory grows with the coupons alone. Fails: refused
/// (the target has what the source has not, so it is no copy of it), unavailable, corrupted.
[[nodiscard]] base::Result<CopyMarks> find_copied(repository::AuditSnapshot& source,
                                                  repository::AuditSnapshot& target);

}  // namespace dibs::service
