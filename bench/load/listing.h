#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// P16: what users hold, asked for by many at once, alone and while coupons are being issued,
/// against requests that cost nothing but HTTP. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_listing(const Workshop& workshop);

}  // namespace dibs::bench
