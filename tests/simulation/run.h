#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "simulation/conductor.h"

namespace dibs::simulation {

/// What came of one seed.
struct RunResult {
    std::uint64_t seed = 0;
    std::uint64_t trace_hash = 0;
    std::uint64_t events = 0;
    std::int64_t asked = 0;
    std::map<std::string, std::int64_t> answers;  ///< How many were told what.
    std::int64_t folded = 0;                      ///< Events, in all runs of the fold together.
    std::size_t finding_count = 0;
    std::vector<std::string> findings;    ///< The first ones.
    std::vector<std::string> last_lines;  ///< Of the trace, if anything was found.
};

/// Runs what the seed says and audits it. Writes the trace to `out`, if there is one.
[[nodiscard]] RunResult run_seed(std::uint64_t seed, const FibreStacks& stacks,
                                 std::FILE* out = nullptr);

/// The last lines of the run that is under way, for when it stops the process.
void print_last_lines(std::FILE* out);

}  // namespace dibs::simulation
