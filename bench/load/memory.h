#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P20: what the service holds in memory: at rest, for each idle connection, and more and more of
/// it at peak. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_memory(const Workshop& workshop);

}  // namespace dibs::bench
