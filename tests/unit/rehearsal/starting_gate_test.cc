// Goal: nobody starts before all are ready, and all learn the same moment. Method: two threads and
// a gate.

#include "rehearsal/starting_gate.h"

#include <gtest/gtest.h>

#include "base/named_thread.h"

namespace dibs::rehearsal {
namespace {

using base::SteadyInstant;
using Signal = StartingGate::Signal;

constexpr SteadyInstant long_ago{};

TEST(StartingGate, TellsWhenEverybodyIsReady) {
    StartingGate gate;
    gate.report_ready();
    EXPECT_FALSE(gate.wait_for_ready(2, long_ago));
    base::NamedThread other("other", [&] { gate.report_ready(); });
    EXPECT_TRUE(gate.wait_for_ready(2, SteadyInstant::max()));
    EXPECT_FALSE(gate.wait_for_finished(1, long_ago));
    base::NamedThread last("last", [&] { gate.report_finished(); });
    EXPECT_TRUE(gate.wait_for_finished(1, SteadyInstant::max()));
}

TEST(StartingGate, StaysShutUntilItIsOpened) {
    StartingGate gate;
    EXPECT_EQ(gate.signal(), Signal::wait);
    const SteadyInstant moment{std::chrono::seconds(5)};
    gate.open(moment);
    EXPECT_EQ(gate.signal(), Signal::go);
    EXPECT_EQ(gate.go_at(), moment);
}

TEST(StartingGate, SendsEverybodyHome) {
    StartingGate gate;
    gate.call_off();
    EXPECT_EQ(gate.signal(), Signal::home);
}

}  // namespace
}  // namespace dibs::rehearsal
