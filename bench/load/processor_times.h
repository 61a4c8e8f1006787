#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace dibs::bench {

/// What a thread has had of the processors.
struct ThreadTime {
    std::chrono::nanoseconds running{0};
    std::chrono::nanoseconds waiting{0};  ///< Ready to run, while others did.
    std::uint64_t switches = 0;           ///< How often it gave its processor up, or lost it.
};

/// That of each of a process's threads, by their names. Threads that have the same name but for a
/// number at the end count as one.
using ProcessorTimes = std::map<std::string, ThreadTime>;

/// Reads it from the kernel. Empty where the kernel doesn't tell.
[[nodiscard]] ProcessorTimes read_processor_times(pid_t process);

/// What came between two readings.
[[nodiscard]] ProcessorTimes spent_between(const ProcessorTimes& before,
                                           const ProcessorTimes& after);

}  // namespace dibs::bench
