#pragma once

#include <cstdint>

#include "base/clock.h"

namespace dibs::issuing {

/// Tells a lull from a gap. In a gap nobody happens to wait, as between any two requests of a
/// steady stream; what takes a store some tens of milliseconds then holds up hundreds. In a lull
/// requests come so seldom that it holds up hardly anybody. For one thread.
class LullSense {
public:
    /// Whether it is a lull `now`, when so many have joined the line ever. To be asked after every
    /// group, and with numbers that never fall.
    [[nodiscard]] bool is_lull(base::SteadyInstant now, std::uint64_t joined);

private:
    base::SteadyInstant counted_since_{};
    std::uint64_t joined_before_ = 0;
};

}  // namespace dibs::issuing
