#pragma once

#include <string>

#include "load/report.h"

namespace dibs::bench {

/// When and where results that a test made up were measured.
[[nodiscard]] inline Occasion some_occasion(const std::string& measured_at) {
    return {.measured_at = measured_at,
            .commit = "abc1234",
            .rounds = 3,
            .seconds_per_round = 0.5,
            .processor = "a processor",
            .cores = 2,
            .kernel = "6.1",
            .file_system = "ext4",
            .page_sync_microseconds = 150,
            .load_before = 0.25};
}

}  // namespace dibs::bench
