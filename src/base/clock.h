#pragma once

#include <chrono>

#include "base/instant.h"

namespace dibs::base {

/// A moment for measuring how long things take and for deadlines; never goes backwards.
using SteadyInstant = std::chrono::steady_clock::time_point;

/// Where time comes from. Whoever needs the time is handed one, so that a test can say what time it
/// is. Every method may be called from any thread and never blocks.
class Clock {
public:
    virtual ~Clock() = default;

    /// The world's time. May jump in either direction when somebody sets it.
    [[nodiscard]] virtual Instant now() const = 0;

    /// Time that only passes.
    [[nodiscard]] virtual SteadyInstant steady_now() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] SteadyInstant steady_now() const override;
};

}  // namespace dibs::base
