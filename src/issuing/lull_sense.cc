#include "issuing/lull_sense.h"

namespace dibs::issuing {

namespace {

// choice: long enough that a steady stream is told from a pause in it, and short beside a shop's
// quiet minutes.
constexpr std::chrono::milliseconds counted_for{100};

// choice: of those who come so seldom, two or three are held up by what takes twenty milliseconds.
constexpr std::chrono::milliseconds apart_in_a_lull{10};

}  // namespace

bool LullSense::is_lull(base::SteadyInstant now, std::uint64_t joined) {
    const auto passed = now - counted_since_;
    if (passed < counted_for) return false;
    const auto came = static_cast<std::int64_t>(joined - joined_before_);
    counted_since_ = now;
    joined_before_ = joined;
    return came <= passed / apart_in_a_lull;
}

}  // namespace dibs::issuing
