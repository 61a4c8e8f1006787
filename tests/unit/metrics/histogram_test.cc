// Goal: each value is counted in the one range that it belongs to, and the sum is theirs.
// Method: values on, right below and right above each bound, and beyond the last.

#include "metrics/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>

namespace dibs::metrics {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(Histogram, AValueOnABoundBelongsBelowIt) {
    Histogram histogram({1, 2, 4});
    histogram.observe(1);
    EXPECT_THAT(histogram.read().counts, ElementsAre(1, 0, 0, 0));
    histogram.observe(std::nextafter(1.0, 2.0));
    EXPECT_THAT(histogram.read().counts, ElementsAre(1, 1, 0, 0));
    histogram.observe(std::nextafter(2.0, 1.0));
    histogram.observe(2);
    EXPECT_THAT(histogram.read().counts, ElementsAre(1, 3, 0, 0));
    histogram.observe(4);
    EXPECT_THAT(histogram.read().counts, ElementsAre(1, 3, 1, 0));
}

TEST(Histogram, TheLastRangeHasNoEnd) {
    Histogram histogram({1, 2});
    histogram.observe(std::nextafter(2.0, 3.0));
    histogram.observe(1e300);
    EXPECT_THAT(histogram.read().counts, ElementsAre(0, 0, 2));
}

TEST(Histogram, WhatIsNothingOrLessBelongsIntoTheFirstRange) {
    Histogram histogram({1, 2});
    histogram.observe(0.0);
    histogram.observe(-1.0);
    EXPECT_THAT(histogram.read().counts, ElementsAre(2, 0, 0));
}

TEST(Histogram, SumsWhatItSaw) {
    Histogram histogram({1, 2});
    histogram.observe(0.5);
    histogram.observe(1.5);
    histogram.observe(40.0);
    EXPECT_DOUBLE_EQ(histogram.read().sum, 42.0);
}

TEST(Histogram, ObservesDurationsInSeconds) {
    Histogram histogram({0.001, 0.01});
    histogram.observe(std::chrono::milliseconds(1));
    histogram.observe(std::chrono::microseconds(1'001));
    histogram.observe(std::chrono::seconds(3));
    const auto reading = histogram.read();
    EXPECT_THAT(reading.counts, ElementsAre(1, 1, 1));
    EXPECT_NEAR(reading.sum, 3.002001, 1e-9);
}

TEST(Histogram, WithoutBoundsHasOneRange) {
    Histogram histogram({});
    histogram.observe(7);
    EXPECT_THAT(histogram.read().counts, ElementsAre(1));
}

TEST(Histogram, LosesNothingAmongManyThreads) {
    constexpr int threads = 12;
    constexpr int per_thread = 4'000;
    Histogram histogram({1, 2, 3});
    std::vector<std::thread> observers;
    for (int thread = 0; thread < threads; ++thread) {
        observers.emplace_back([&histogram, thread] {
            // Whole numbers: their sum is exact in whatever order they are added.
            for (int i = 0; i < per_thread; ++i) histogram.observe(1.0 + thread % 4);
        });
    }
    for (std::thread& observer : observers) observer.join();
    const auto reading = histogram.read();
    EXPECT_THAT(reading.counts, Each(static_cast<std::uint64_t>(threads / 4 * per_thread)));
    EXPECT_EQ(reading.sum, (1.0 + 2.0 + 3.0 + 4.0) * threads / 4 * per_thread);
}

TEST(Histogram, TheUsualBoundsAscend) {
    for (const auto& bounds : {duration_bounds(), size_bounds()}) {
        EXPECT_TRUE(std::ranges::is_sorted(bounds, std::less_equal()));
    }
    EXPECT_EQ(duration_bounds().front(), 0.00005);
    EXPECT_EQ(duration_bounds().back(), 10);
    EXPECT_EQ(size_bounds().front(), 1);
    EXPECT_EQ(size_bounds().back(), 4096);
}

}  // namespace
}  // namespace dibs::metrics
