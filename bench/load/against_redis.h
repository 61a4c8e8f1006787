#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P6: durable issues over HTTP against Redis with its usual script, which syncs as well, and with
/// no HTTP at all. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_against_redis(const Workshop& workshop);

}  // namespace dibs::bench
