#pragma once

#include <chrono>

namespace dibs::rehearsal {

/// What the calling thread has cost so far, in the kernel and outside of it.
[[nodiscard]] std::chrono::nanoseconds thread_processor_time();

}  // namespace dibs::rehearsal
