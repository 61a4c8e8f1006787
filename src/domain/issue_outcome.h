#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dibs::domain {

/// What the rules answer to somebody who asks for a coupon. In the order of precedence: where
/// several are true, the first one is the answer. A retry's answer comes before any refusal, so
/// that somebody who holds a coupon is never told that it is sold out.
enum class IssueOutcome : std::uint8_t {
    coupon_not_found,  ///< There is no such coupon.
    replayed,  ///< The same user sent the same key before and got this coupon: the answer again.
    already_registered,  ///< The user holds as many as the limit allows.
    sold_out,            ///< The stock does not suffice.
    not_started,         ///< The window opens later.
    ended,               ///< The window has closed.
    issued,              ///< The coupon is the user's.
};

/// How many outcomes there are, for tables that have a row for each.
inline constexpr std::size_t issue_outcome_count = 7;

/// The outcome's name in metrics and logs; of a refusal it is also the `code` of the answer.
[[nodiscard]] std::string_view name_of(IssueOutcome outcome);

}  // namespace dibs::domain
