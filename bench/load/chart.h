#pragma once

#include <string>

#include "load/report.h"

namespace dibs::bench {

/// A goal's results as a picture (SVG 1.1): a strip for each figure that has a target, with its
/// rounds, their median and spread, and the line to be reached; of a goal without a target its
/// first figures; and below them its curves. Dark where the reader's screen is. The same results
/// give the same bytes.
[[nodiscard]] std::string chart_of(const MeasuredGoal& measured);

}  // namespace dibs::bench
