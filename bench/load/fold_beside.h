#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P14: what the fold of a million events does to those who are issued coupons meanwhile.
/// Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_beside_fold(const Workshop& workshop);

}  // namespace dibs::bench
