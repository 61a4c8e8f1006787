#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P4: the store on PostgreSQL, without HTTP, against the ways in which others would do the same
/// over the same server. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_against_rivals(const Workshop& workshop);

}  // namespace dibs::bench
