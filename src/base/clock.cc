#include "base/clock.h"

namespace dibs::base {

Instant SystemClock::now() const {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

SteadyInstant SystemClock::steady_now() const {
    return std::chrono::steady_clock::now();
}

}  // namespace dibs::base
