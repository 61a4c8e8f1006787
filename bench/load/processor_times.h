#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>

namespace dibs::bench {

/// What each of a process's threads has cost so far, by the threads' names. Threads that have the
/// same name but for a number at the end count as one.
using ProcessorTimes = std::map<std::string, std::chrono::nanoseconds>;

/// Reads it from the kernel. Empty where the kernel doesn't tell.
[[nodiscard]] ProcessorTimes read_processor_times(pid_t process);

/// What was spent between two readings.
[[nodiscard]] ProcessorTimes spent_between(const ProcessorTimes& before,
                                           const ProcessorTimes& after);

[[nodiscard]] std::chrono::nanoseconds total(const ProcessorTimes& times);

}  // namespace dibs::bench
