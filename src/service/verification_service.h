#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/coupon.h"
#include "repository/audit_snapshot.h"

namespace dibs::service {

/// A rule that does not hold, and one row that breaks it.
struct Violation {
    int rule = 0;  ///< 1 to 6, as `rule_text` spells them.
    std::string row;
};

/// What the audit found of one coupon.
struct CouponVerdict {
    domain::CouponId coupon_id;
    std::string name;
    domain::Balance balance;  ///< What the history folds to.
    std::int64_t live_event_count = 0;
    std::vector<Violation> violations;  ///< Capped; `violation_count` is not.
    std::int64_t violation_count = 0;
};

inline constexpr int rule_count = 6;

/// What a rule says, in one line.
[[nodiscard]] std::string_view rule_text(int rule);

/// Checks everything that must always be true of a store, by folding every event anew. It shares
/// nothing with the code that decided: what it holds against each other are the rows.
///
/// Calls `tell` for each coupon, by id. Memory does not grow with the rows. Blocks for as long as
/// reading the whole store takes. Fails: unavailable, corrupted (a row that can't be read).
[[nodiscard]] base::Result<void> verify(repository::AuditSnapshot& snapshot,
                                        const std::function<void(const CouponVerdict&)>& tell);

}  // namespace dibs::service
