#pragma once

#include <optional>

#include "base/clock.h"
#include "simulation/conductor.h"

namespace dibs::simulation {

/// A machine's clocks. The world's time can be set, and can stand still; steady time is the
/// simulation's own.
class NodeClock final : public base::Clock {
public:
    NodeClock(const Conductor& conductor, base::Instant start)
        : conductor_(conductor), start_(start) {}

    [[nodiscard]] base::Instant now() const override {
        if (frozen_at_) return *frozen_at_;
        return start_ + std::chrono::microseconds(conductor_.now()) + offset_;
    }
    [[nodiscard]] base::SteadyInstant steady_now() const override {
        // choice: not at the epoch, so that a deadline that was never set is not mistaken for one.
        return base::SteadyInstant(std::chrono::hours(1)) +
               std::chrono::microseconds(conductor_.now());
    }

    void jump(std::chrono::microseconds by) { offset_ += by; }
    void freeze() { frozen_at_ = now(); }
    void thaw() { frozen_at_.reset(); }
    /// Right again, or so much ahead.
    void set_right(std::chrono::microseconds ahead = {}) {
        thaw();
        offset_ = ahead;
    }

private:
    const Conductor& conductor_;
    const base::Instant start_;
    std::chrono::microseconds offset_{};
    std::optional<base::Instant> frozen_at_;
};

}  // namespace dibs::simulation
