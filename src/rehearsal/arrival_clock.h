#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/instant.h"

namespace dibs::rehearsal {

/// Finds the passing time of an arrival that the kernel noted in the world's time.
///
/// What it says is never before the truth, and after it by no more than the clocks took to read: an
/// answer that seemed to come too early would accuse the service of letting somebody overtake.
/// Belongs to one thread.
class ArrivalClock {
public:
    /// `clock` must outlive this.
    explicit ArrivalClock(const base::Clock& clock);

    /// Compares the two clocks; to be called shortly before arrivals are looked up.
    void look();

    /// The latest moment at which it can have arrived. Nothing if the world's clock was set since
    /// this was made: then nobody can tell.
    [[nodiscard]] std::optional<base::SteadyInstant> moment_of(base::Instant noted) const;

private:
    /// By how much the world's time is ahead of the passing one, or a little less.
    [[nodiscard]] std::chrono::nanoseconds distance() const;

    const base::Clock& clock_;
    const std::chrono::nanoseconds first_;
    std::chrono::nanoseconds last_;
};

}  // namespace dibs::rehearsal
