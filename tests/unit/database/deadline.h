#pragma once

#include <chrono>

#include "base/clock.h"

namespace dibs::database {

/// The deadline of a call that may take so long from now.
[[nodiscard]] inline base::SteadyInstant in(std::chrono::milliseconds time) {
    return base::SteadyInstant::clock::now() + time;
}

}  // namespace dibs::database
