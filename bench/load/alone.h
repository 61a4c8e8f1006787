#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P11: what one client alone waits for, which shows that no group waits for company: an issue
/// against an empty request and a commit. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_one_alone(const Workshop& workshop);

}  // namespace dibs::bench
