#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "load/crowd_run.h"
#include "load/figure.h"
#include "load/goal.h"

namespace dibs::bench {

/// What the two sides of a ratio came to, round by round.
struct TwoSides {
    std::vector<CrowdRun> above;
    std::vector<CrowdRun> below;
};

/// Sends one crowd; the size says how long.
using OneRun = std::function<base::Result<CrowdRun>(const CrowdSize&)>;

/// Measures two sides in turn, A B A B, so that what the machine does beside it strikes both. A
/// first run of each side, a tenth as long, is not counted: it fills caches and opens files.
/// Fails: as the runs do.
[[nodiscard]] base::Result<TwoSides> run_in_turn(const Form& form, std::size_t connections,
                                                 const OneRun& above, const OneRun& below);

/// The same for as many sides as there are, each with what its counted runs are added to.
struct CountedSide {
    OneRun run;
    std::vector<CrowdRun>* runs;
};
[[nodiscard]] base::Result<void> run_all_in_turn(const Form& form, std::size_t connections,
                                                 const std::vector<CountedSide>& sides);

/// One figure of each run.
[[nodiscard]] Figure figure_of(std::string name, std::string unit,
                               const std::vector<CrowdRun>& runs,
                               const std::function<double(const CrowdRun&)>& value);

/// For `figure_of`: what half of the requests, one in a hundred, one in a thousand took longer
/// than.
[[nodiscard]] double p50_milliseconds(const CrowdRun& run);
[[nodiscard]] double p99_milliseconds(const CrowdRun& run);
[[nodiscard]] double p999_milliseconds(const CrowdRun& run);

/// Requests per second, and their ratio, with a goal or without.
[[nodiscard]] Figure rate_of(std::string name, const std::vector<CrowdRun>& runs);
[[nodiscard]] Figure ratio_of(std::string name, const TwoSides& sides);
[[nodiscard]] Figure ratio_of(std::string name, const TwoSides& sides, const Target& target);

/// Where the processor time of a request went: one figure for each thread of the service that took
/// part, and one for the generator; and how long the committer, which everybody waits for, had to
/// wait for a processor. `what`: `an issue`.
[[nodiscard]] std::vector<Figure> costs_of(const std::string& what,
                                           const std::vector<CrowdRun>& runs);

/// What a request took that depends on no machine's speed: statements, how often the service's
/// threads were switched, and what the shop counts of its calls. `what`: `an issue`.
[[nodiscard]] std::vector<Figure> counts_of(const std::string& what,
                                            const std::vector<CrowdRun>& runs);

void append(std::vector<Figure>& figures, std::vector<Figure> more);

}  // namespace dibs::bench
