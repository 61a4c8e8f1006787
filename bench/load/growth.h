#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P13: whether issuing slows down as the history grows, and deciding as events pile up unfolded.
/// Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_growth(const Workshop& workshop);

}  // namespace dibs::bench
