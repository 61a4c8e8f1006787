#pragma once

#include <sys/types.h>

namespace dibs::bench {

// What a process holds of the machine's memory, as the kernel counts it. What it can't tell is 0.

/// The resident bytes now.
[[nodiscard]] double resident_bytes(pid_t process);

/// The most that were resident since the process began, or since `forget_peak`.
[[nodiscard]] double peak_resident_bytes(pid_t process);
void forget_peak(pid_t process);

}  // namespace dibs::bench
