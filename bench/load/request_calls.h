#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// G2: what a request asks of the allocator and of the kernel: one that costs nothing but HTTP, a
/// refusal, an issue. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> count_calls_of_requests(const Workshop& workshop);

}  // namespace dibs::bench
