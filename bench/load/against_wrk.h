#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// G1: whether a generator that others wrote sees what ours does, so that ours can be believed.
/// Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_against_wrk(const Workshop& workshop);

}  // namespace dibs::bench
