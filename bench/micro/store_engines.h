#pragma once

#include "base/result.h"
#include "load/goal.h"

namespace dibs::bench {

/// S1: the store at itself, without HTTP: SQLite as it is, SQLite without its guards, and RocksDB,
/// with the same rows, the same decisions and the same audit. Fails: as `Goal::measure`.
[[nodiscard]] base::Result<GoalResult> measure_store_engines(const Workshop& workshop);

}  // namespace dibs::bench
