#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P7: what becomes of throughput, of those who are let in and of memory when many more come than
/// can be served. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_overload(const Workshop& workshop);

}  // namespace dibs::bench
