#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

// The goals about services over PostgreSQL. All fail as `Goal::measure` does.

/// P5: ours against the textbook's flow behind the same HTTP server.
[[nodiscard]] base::Result<GoalResult> measure_against_textbook_service(const Workshop& workshop);

/// P17: four nodes of ours on one server against one.
[[nodiscard]] base::Result<GoalResult> measure_four_nodes(const Workshop& workshop);

}  // namespace dibs::bench
