#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P3: what sharing a commit is worth at the store itself, without HTTP: groups of 256 against one
/// by one. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_store_groups(const Workshop& workshop);

}  // namespace dibs::bench
