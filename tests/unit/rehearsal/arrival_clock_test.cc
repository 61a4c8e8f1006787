// Goal: an arrival is never dated before the truth, and not dated at all when the world's clock was
// set. Method: a clock of which a test moves both hands.

#include "rehearsal/arrival_clock.h"

#include <gtest/gtest.h>

namespace dibs::rehearsal {
namespace {

using base::Instant;
using base::SteadyInstant;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// Two clocks that pass together; the world's can be moved, and reading can be held up in between.
class TwoClocks final : public base::Clock {
public:
    [[nodiscard]] Instant now() const override {
        const Instant read = base::from_microseconds(1'000'000'000) +
                             std::chrono::floor<microseconds>(passed_ + moved_);
        passed_ += hold_up_;
        return read;
    }
    [[nodiscard]] SteadyInstant steady_now() const override { return SteadyInstant(passed_); }

    void pass(nanoseconds time) { passed_ += time; }
    void move_the_world(nanoseconds by) { moved_ += by; }
    void hold_up(nanoseconds time) { hold_up_ = time; }

private:
    mutable nanoseconds passed_ = std::chrono::seconds(77);
    nanoseconds moved_{0};
    nanoseconds hold_up_{0};
};

TEST(ArrivalClock, DatesAnArrivalToTheMicrosecondAndNeverTooEarly) {
    TwoClocks clocks;
    ArrivalClock arrivals(clocks);
    for (int i = 0; i < 100; ++i) {
        clocks.pass(nanoseconds(12'345));
        const Instant noted = clocks.now();
        const SteadyInstant truth = clocks.steady_now();
        clocks.pass(milliseconds(3));
        arrivals.look();
        const auto moment = arrivals.moment_of(noted);
        ASSERT_TRUE(moment.has_value());
        EXPECT_GE(*moment, truth);
        EXPECT_LE(*moment - truth, microseconds(2));
    }
}

TEST(ArrivalClock, IsLateRatherThanEarlyWhenReadingIsHeldUp) {
    TwoClocks clocks;
    ArrivalClock arrivals(clocks);
    const Instant noted = clocks.now();
    const SteadyInstant truth = clocks.steady_now();
    clocks.hold_up(microseconds(400));
    arrivals.look();
    const auto moment = arrivals.moment_of(noted);
    ASSERT_TRUE(moment.has_value());
    EXPECT_GE(*moment, truth);
    EXPECT_LE(*moment - truth, microseconds(402));
}

TEST(ArrivalClock, IsNeverEarlyWhileTheWorldsClockIsSlewed) {
    for (const int direction : {-1, 1}) {
        TwoClocks clocks;
        ArrivalClock arrivals(clocks);
        const Instant noted = clocks.now();
        const SteadyInstant truth = clocks.steady_now();
        clocks.move_the_world(direction * microseconds(50));
        arrivals.look();
        const auto moment = arrivals.moment_of(noted);
        ASSERT_TRUE(moment.has_value());
        EXPECT_GE(*moment, truth);
    }
}

TEST(ArrivalClock, SaysNothingOnceTheWorldsClockWasSet) {
    for (const int direction : {-1, 1}) {
        TwoClocks clocks;
        ArrivalClock arrivals(clocks);
        const Instant noted = clocks.now();
        clocks.move_the_world(direction * std::chrono::seconds(1));
        arrivals.look();
        EXPECT_EQ(arrivals.moment_of(noted), std::nullopt);
    }
}

}  // namespace
}  // namespace dibs::rehearsal
