#include "rehearsal/arrival_clock.h"

#include <algorithm>

namespace dibs::rehearsal {

namespace {

using std::chrono::nanoseconds;

// The kernel slews a clock by at most 500 ppm (adjtimex(2)), a millisecond in two seconds; what
// moves further in a moment's crowd was set.
constexpr nanoseconds slew_max = std::chrono::milliseconds(1);
// A note is cut to whole microseconds.
constexpr nanoseconds note_precision = std::chrono::microseconds(1);

}  // namespace

ArrivalClock::ArrivalClock(const base::Clock& clock)
    : clock_(clock), first_(distance()), last_(first_) {}

nanoseconds ArrivalClock::distance() const {
    // The passing time is read second. If this thread is held up in between, the distance comes out
    // too small and arrivals too late, never too early.
    const nanoseconds world = clock_.now().time_since_epoch();
    return world - clock_.steady_now().time_since_epoch();
}

void ArrivalClock::look() {
    last_ = distance();
}

std::optional<base::SteadyInstant> ArrivalClock::moment_of(base::Instant noted) const {
    // A hold-up between the two readings looks like a clock set back; either way these notes can't
    // be trusted.
    if (std::chrono::abs(last_ - first_) > slew_max) return std::nullopt;
    const nanoseconds ahead = std::min(first_, last_);
    return base::SteadyInstant(noted.time_since_epoch() + note_precision - ahead);
}

}  // namespace dibs::rehearsal
