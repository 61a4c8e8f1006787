#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

// The goals about those who wait longest. All fail as `Goal::measure` does.

/// P12: how much longer the last few wait than most, below peak.
[[nodiscard]] base::Result<GoalResult> measure_tail(const Workshop& workshop);

/// P15: how much longer those of a quiet coupon wait while a flood comes for another one.
[[nodiscard]] base::Result<GoalResult> measure_beside_flood(const Workshop& workshop);

}  // namespace dibs::bench
