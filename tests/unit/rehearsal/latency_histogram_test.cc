// Goal: every percentile read back is the true one to three significant digits, whatever was
// recorded. Method: random latencies over all magnitudes, held against the sorted list itself.

#include "rehearsal/latency_histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace dibs::rehearsal {
namespace {

using std::chrono::nanoseconds;
using Latencies = std::vector<std::int64_t>;

/// Latencies of all magnitudes that the histogram tells apart, not only the large ones that uniform
/// numbers would be.
rc::Gen<std::int64_t> latencies() {
    return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 42), rc::gen::arbitrary<std::uint64_t>()),
                        [](const std::pair<int, std::uint64_t>& drawn) {
                            const std::uint64_t end = std::uint64_t{1} << drawn.first;
                            return static_cast<std::int64_t>(drawn.second % end);
                        });
}

LatencyHistogram recorded(const Latencies& all) {
    LatencyHistogram histogram;
    for (const std::int64_t one : all) histogram.record(nanoseconds(one));
    return histogram;
}

/// The smallest of `sorted` that at least so many thousandths of a hundred did not exceed, in
/// integers.
std::int64_t true_percentile(const Latencies& sorted, std::uint64_t thousandths) {
    constexpr std::uint64_t hundred = 100'000;
    const std::uint64_t place = (sorted.size() * thousandths + hundred - 1) / hundred;
    return sorted[std::max<std::uint64_t>(place, 1) - 1];
}

RC_GTEST_PROP(LatencyHistogram, ReadsEveryPercentileToThreeDigits, ()) {
    auto all = *rc::gen::nonEmpty(rc::gen::container<Latencies>(latencies()));
    const LatencyHistogram histogram = recorded(all);
    std::ranges::sort(all);
    for (const std::uint64_t thousandths : {0UL, 1'000UL, 50'000UL, 90'000UL, 99'000UL, 99'900UL}) {
        const std::int64_t truth = true_percentile(all, thousandths);
        const std::int64_t read =
            histogram.percentile(static_cast<double>(thousandths) / 1'000.0).count();
        RC_ASSERT(read >= truth);
        RC_ASSERT(read - truth <= truth / 1'024);
    }
    RC_ASSERT(histogram.percentile(100).count() == all.back());
    RC_ASSERT(histogram.longest().count() == all.back());
    RC_ASSERT(histogram.count() == all.size());
}

RC_GTEST_PROP(LatencyHistogram, AddsUpToWhatOneWouldHaveRecorded, ()) {
    const auto some = *rc::gen::container<Latencies>(latencies());
    const auto others = *rc::gen::container<Latencies>(latencies());
    Latencies both = some;
    both.insert(both.end(), others.begin(), others.end());
    LatencyHistogram sum = recorded(some);
    sum.add(recorded(others));
    const LatencyHistogram one = recorded(both);
    RC_ASSERT(sum.count() == one.count());
    RC_ASSERT(sum.mean() == one.mean());
    RC_ASSERT(sum.longest() == one.longest());
    for (const double percent : {1.0, 50.0, 99.0}) {
        RC_ASSERT(sum.percentile(percent) == one.percentile(percent));
    }
}

TEST(LatencyHistogram, IsExactUpToTwoMicroseconds) {
    for (const std::int64_t value : {0L, 1L, 1'023L, 1'024L, 2'047L}) {
        LatencyHistogram histogram;
        histogram.record(nanoseconds(value));
        histogram.record(std::chrono::seconds(1));
        EXPECT_EQ(histogram.percentile(50).count(), value);
    }
}

TEST(LatencyHistogram, DoesNotTakeARoundingErrorForAnotherPlace) {
    LatencyHistogram histogram;
    for (int i = 1; i <= 1'000; ++i) histogram.record(nanoseconds(i));
    EXPECT_EQ(histogram.percentile(99.9).count(), 999);
    EXPECT_EQ(histogram.percentile(99.91).count(), 1'000);
    EXPECT_EQ(histogram.percentile(0.1).count(), 1);
}

TEST(LatencyHistogram, OfNothingIsZero) {
    const LatencyHistogram histogram;
    EXPECT_EQ(histogram.percentile(99).count(), 0);
    EXPECT_EQ(histogram.mean().count(), 0);
    EXPECT_EQ(histogram.longest().count(), 0);
}

TEST(LatencyHistogram, HoldsWhatIsOutOfItsRangeAtItsEdges) {
    LatencyHistogram histogram;
    histogram.record(nanoseconds(-5));
    histogram.record(std::chrono::hours(100));
    histogram.record(std::chrono::hours(100));
    EXPECT_EQ(histogram.percentile(1).count(), 0);
    EXPECT_EQ(histogram.longest(), std::chrono::hours(100));
    EXPECT_EQ(histogram.percentile(99), std::chrono::hours(100));
}

TEST(LatencyHistogram, ForgetsEverythingWhenCleared) {
    LatencyHistogram histogram = recorded({1, 1'000'000, 1'000'000'000});
    histogram.clear();
    EXPECT_EQ(histogram.count(), 0U);
    histogram.record(nanoseconds(7));
    EXPECT_EQ(histogram.percentile(100).count(), 7);
    EXPECT_EQ(histogram.percentile(1).count(), 7);
}

}  // namespace
}  // namespace dibs::rehearsal
