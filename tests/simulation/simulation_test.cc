// Goal: a seed is all that it takes to see a run again. Method: a few seeds, each run twice in one
// process, whose traces are compared byte by byte through their hashes.

#include <gtest/gtest.h>

#include "base/log.h"
#include "simulation/run.h"

namespace dibs::simulation {
namespace {

class SimulationTest : public testing::Test {
protected:
    SimulationTest() { base::log::set_level(base::log::Level::error); }
    FibreStacks stacks_{128 * 1024};
};

TEST_F(SimulationTest, TheSameSeedGivesTheSameTrace) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const RunResult first = run_seed(seed, stacks_);
        const RunResult second = run_seed(seed, stacks_);
        EXPECT_EQ(first.trace_hash, second.trace_hash) << "seed " << seed;
        EXPECT_EQ(first.events, second.events) << "seed " << seed;
        EXPECT_EQ(first.answers, second.answers) << "seed " << seed;
    }
}

TEST_F(SimulationTest, AnotherSeedGivesAnotherRun) {
    EXPECT_NE(run_seed(1, stacks_).trace_hash, run_seed(2, stacks_).trace_hash);
}

}  // namespace
}  // namespace dibs::simulation
