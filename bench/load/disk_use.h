#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P19: what an issue takes on the disk, by table and index. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_disk_use(const Workshop& workshop);

}  // namespace dibs::bench
