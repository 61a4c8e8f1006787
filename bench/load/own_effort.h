#pragma once

#include <chrono>
#include <cstdint>

namespace dibs::bench {

/// What this process has cost since it began, with all of its threads.
struct OwnEffort {
    std::chrono::nanoseconds processor{0};
    /// Handed over to be written to a disk (proc(5), `write_bytes`): each page once, each time that
    /// it was made to differ from what the disk has. 0 where the kernel doesn't tell.
    std::uint64_t written_bytes = 0;
};

[[nodiscard]] OwnEffort read_own_effort();

}  // namespace dibs::bench
