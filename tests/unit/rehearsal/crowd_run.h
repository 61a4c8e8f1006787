#pragma once

#include <gtest/gtest.h>

#include <stop_token>
#include <utility>

#include "rehearsal/crowd.h"

namespace dibs::rehearsal {

/// Connections and time-outs run by the machine's own clock.
inline const base::SystemClock the_clock;

/// Lets a crowd come, with nobody to watch it; a failed test if it can't.
[[nodiscard]] inline CrowdResult run(const CrowdOptions& options, std::stop_token stop = {}) {
    NoProgress nobody;
    auto result = run_crowd(options, nobody, the_clock, std::move(stop));
    EXPECT_TRUE(result.is_ok()) << result.failure().what;
    return std::move(result).value();
}

}  // namespace dibs::rehearsal
