#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "load/figure.h"

namespace dibs::bench {

// How many customers ask at once wherever a goal says nothing else.
inline constexpr std::size_t goal_connections = 256;

// Below peak, where the goals say so.
inline constexpr double usual_load = 0.7;

/// How often and how long each side of a figure is measured, and on how much.
struct Form {
    std::size_t rounds = 0;
    std::chrono::milliseconds duration{0};
    bool is_short = false;
    /// How many issues a store has seen when it is measured whether it slows down; rising.
    std::vector<std::int64_t> row_counts;
    /// How many events came since the last fold, where a goal says a million.
    std::int64_t event_count = 0;
    std::size_t idle_connections = 0;
    /// How long memory is watched at peak.
    std::chrono::milliseconds watch{0};
};

/// How long a side runs before it counts: it fills caches and opens files. choice: a tenth, and not
/// so short that connecting takes all of it on a machine that is busy.
[[nodiscard]] constexpr std::chrono::milliseconds warm_up_of(const Form& form) {
    return std::max<std::chrono::milliseconds>(form.duration / 10, std::chrono::milliseconds(300));
}

/// A closed loop at peak: 256 wait while a group of 256 is committed. More connections only
/// lengthen the line.
[[nodiscard]] constexpr std::size_t peak_connections(const Form& form) {
    return form.is_short ? 64 : 512;
}

/// An open loop below peak; choice: enough that a stall of tens of milliseconds finds a free
/// connection for each who comes.
[[nodiscard]] constexpr std::size_t open_loop_connections(const Form& form) {
    return form.is_short ? 64 : 1'024;
}

/// What a bench works with.
struct Workshop {
    std::filesystem::path dibs;           ///< The binary that is measured.
    std::filesystem::path count_calls;    ///< The library that counts its calls.
    std::filesystem::path rival_service;  ///< The textbook's flow behind our HTTP server.
    std::filesystem::path folder;         ///< Stores are made in it, and removed.
    Form form;
};

/// What became of one goal.
struct GoalResult {
    std::vector<Figure> figures;     ///< Those with a target first.
    std::vector<std::string> notes;  ///< What a reader of the figures must know; whole sentences.
    std::vector<Curve> curves = {};  ///< For those that are more than a point.
};

/// One line of the table of goals.
struct Goal {
    std::string_view id;
    std::string_view what;
    /// What keeps the figure from being better, as far as it is known.
    std::string_view bound;
    /// Measures it. A run whose audit finds anything has no figures. Blocks for minutes.
    /// Fails: unavailable, corrupted (the audit or `dibs verify` found something), invalid.
    base::Result<GoalResult> (*measure)(const Workshop&);
};

/// All goals that can be measured here, in their order.
[[nodiscard]] const std::vector<Goal>& all_goals();

}  // namespace dibs::bench
