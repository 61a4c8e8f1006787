#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "load/disk.h"
#include "load/goal.h"

namespace dibs::bench {

/// When, of what and where something was measured.
struct Occasion {
    std::string measured_at;  ///< RFC 3339.
    std::string commit;
    std::size_t rounds = 0;
    double seconds_per_round = 0;
    std::string processor;
    std::size_t cores = 0;
    std::string kernel;
    std::string file_system;
    double page_sync_microseconds = 0;
    double load_before = 0;  ///< The machine's load average when it began: 0 is quiet.

    /// `2026-11-23`
    [[nodiscard]] std::string date() const { return measured_at.substr(0, 10); }
};

/// Looks at the clock and the machine.
[[nodiscard]] Occasion describe_occasion(const Form& form, const Disk& disk, std::string commit);

/// One goal's result, with what a reader needs to judge and repeat it.
struct MeasuredGoal {
    std::string id;
    std::string what;
    std::string bound;
    std::string command;
    Occasion occasion;
    GoalResult result;
};

/// A result for a terminal: each figure with its rounds' median and spread, and what falls short.
[[nodiscard]] std::string report_as_text(const MeasuredGoal& measured);

/// Keeps results in `folder`: as JSON in `<date>-<commit>.json`, which other goals of the same day
/// and commit share, as a table of every goal's newest result in `README.md`, where what stands
/// outside of the table's two marks stays as it is, and as a chart of each, `P1.svg`.
/// Fails: unavailable (the disk), corrupted (a file of results that can't be read).
[[nodiscard]] base::Result<void> keep_results(const std::filesystem::path& folder,
                                              const std::vector<MeasuredGoal>& measured);

}  // namespace dibs::bench
