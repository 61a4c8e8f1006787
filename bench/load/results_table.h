#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "load/report.h"

namespace dibs::bench {

/// Every goal's newest result, goals in their order.
[[nodiscard]] std::vector<MeasuredGoal> newest_of_each(std::vector<MeasuredGoal> measured);

/// What a goal's chart is called, beside the page.
[[nodiscard]] std::string chart_file_of(const MeasuredGoal& measured);

/// The results as Markdown: a table of what was to be reached, and behind it each goal's figures.
[[nodiscard]] std::string results_as_markdown(const std::vector<MeasuredGoal>& measured);

/// `page` with `results` between its marks; where there are none yet, they are put at its end.
[[nodiscard]] std::string with_results(std::string_view page, std::string_view results);

}  // namespace dibs::bench
