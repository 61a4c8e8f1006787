// Goal: nothing that was added is ever lost, whichever threads add.
// Method: more threads than the counter has cells add at once; the sum is known.

#include "metrics/counter.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace dibs::metrics {
namespace {

TEST(Counter, BeginsAtNothingAndSumsWhatIsAdded) {
    Counter counter;
    EXPECT_EQ(counter.value(), 0U);
    counter.add();
    counter.add(41);
    EXPECT_EQ(counter.value(), 42U);
}

TEST(Counter, LosesNothingAmongManyThreads) {
    constexpr std::size_t threads = 20;
    constexpr std::uint64_t per_thread = 20'000;
    Counter counter;
    std::vector<std::thread> adders;
    for (std::size_t thread = 0; thread < threads; ++thread) {
        adders.emplace_back([&counter] {
            for (std::uint64_t i = 0; i < per_thread; ++i) counter.add();
        });
    }
    for (std::thread& adder : adders) adder.join();
    EXPECT_EQ(counter.value(), threads * per_thread);
}

TEST(Counter, OnlyGrowsForWhoReadsMeanwhile) {
    Counter counter;
    std::thread adder([&counter] {
        for (int i = 0; i < 50'000; ++i) counter.add();
    });
    std::uint64_t last = 0;
    while (last < 50'000) {
        const std::uint64_t now = counter.value();
        ASSERT_GE(now, last);
        last = now;
    }
    adder.join();
}

}  // namespace
}  // namespace dibs::metrics
