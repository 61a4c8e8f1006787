#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"
#include "support/moments.h"

namespace dibs::test {

/// A clock that stands still until it is told otherwise. Any thread may read and set it.
class ManualClock final : public base::Clock {
public:
    explicit ManualClock(base::Instant now = noon) : now_(now) {}

    [[nodiscard]] base::Instant now() const override { return now_.load(); }
    [[nodiscard]] base::SteadyInstant steady_now() const override { return steady_now_.load(); }

    /// Time passes: both clocks move.
    void advance(std::chrono::microseconds duration) {
        now_ = now_.load() + duration;
        steady_now_ = steady_now_.load() + duration;
    }

    /// Somebody sets the world's clock, in either direction. Steady time does not notice.
    void set(base::Instant now) { now_ = now; }

private:
    std::atomic<base::Instant> now_;
    // choice: not at the epoch, so that a deadline that was never set is not mistaken for one.
    std::atomic<base::SteadyInstant> steady_now_ = base::SteadyInstant(std::chrono::hours(1));
};

}  // namespace dibs::test
