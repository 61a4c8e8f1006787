#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "load/report.h"

namespace dibs::bench {

// The form in which results are kept: one JSON file for each day and commit.

/// The results as JSON, one member to a line so that a change can be read.
[[nodiscard]] std::string results_as_json(const std::vector<MeasuredGoal>& measured);

/// Fails: corrupted.
[[nodiscard]] base::Result<std::vector<MeasuredGoal>> read_results(std::string_view json);

}  // namespace dibs::bench
