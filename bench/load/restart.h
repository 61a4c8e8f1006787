#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P18: how long a service takes from its start to its first right answer, over a store with a
/// million events since the last fold and over an empty one. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_restart(const Workshop& workshop);

}  // namespace dibs::bench
