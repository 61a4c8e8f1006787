#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>

#include "base/result.h"

namespace dibs::bench {

/// Writes to a file's end, each of so many bytes and made durable before the next.
struct DiskRhythm {
    std::size_t bytes = 0;
    double per_second = 0;
    std::chrono::nanoseconds duration{0};
};

/// How long they took, from when each was due: a write that is late because of the one before it
/// counts as late.
struct DiskDelay {
    double p50_milliseconds = 0;
    double p99_milliseconds = 0;
    double p999_milliseconds = 0;
};

/// Keeps the rhythm on a file of its own in `folder`, which goes again: what the disk by itself
/// does to whoever writes like that. Blocks for the duration.
/// Fails: unavailable (nothing can be written there).
[[nodiscard]] base::Result<DiskDelay> keep_rhythm(const std::filesystem::path& folder,
                                                  const DiskRhythm& rhythm);

}  // namespace dibs::bench
