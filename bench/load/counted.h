#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

// The goals in which something is counted, which tells the same on every machine. All fail as
// `Goal::measure` does.

/// P9: syncs of the disk for each issue, when many wait.
[[nodiscard]] base::Result<GoalResult> count_syncs_of_issues(const Workshop& workshop);

/// P10: SQL statements for each refusal of a coupon that is sold out, and its cost against a
/// request that costs nothing but HTTP.
[[nodiscard]] base::Result<GoalResult> measure_refusals(const Workshop& workshop);

}  // namespace dibs::bench
