#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/coupon_inventory.h"
#include "domain/ids.h"

namespace dibs::service {

inline constexpr int rule_count = 6;

/// What a rule says, in one line.
[[nodiscard]] std::string_view rule_text(int rule);

/// choice: rows shown of each rule that a coupon breaks; more of the same teach nothing.
inline constexpr std::size_t violations_shown_max = 20;

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
    std::vector<Violation> violations;  ///< `violations_shown_max` of each rule at the most.
    std::int64_t violation_count = 0;   ///< All of them.

    void add(int rule, std::string row);
    /// Counts some more of which there is no row to show.
    void count(std::int64_t more) { violation_count += more; }
};

}  // namespace dibs::service
