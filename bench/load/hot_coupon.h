#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

// The goals that compare issuing a hot coupon over HTTP with something else. All fail as
// `Goal::measure` does.

/// P1: durable issues against requests that cost nothing but HTTP, from the same server.
[[nodiscard]] base::Result<GoalResult> measure_against_no_op(const Workshop& workshop);

/// P2: groups against commits of one.
[[nodiscard]] base::Result<GoalResult> measure_against_groups_of_one(const Workshop& workshop);

/// P8: requests spread over many coupons against the same for one.
[[nodiscard]] base::Result<GoalResult> measure_many_coupons(const Workshop& workshop);

}  // namespace dibs::bench
