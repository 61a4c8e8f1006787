#include "rehearsal/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace dibs::rehearsal {

// The buckets are those of Gil Tene's HdrHistogram. Up to 2,048 every nanosecond has a bucket of
// its own. From there each doubling of the value is cut into 1,024 buckets of equal width, so a
// bucket is never wider than 1/1024 of what it counts.

namespace {

using std::chrono::nanoseconds;

// Three significant digits need at least 1,000 buckets to a doubling; 1,024 makes them shifts.
constexpr std::size_t buckets_per_doubling = 1024;
constexpr std::size_t exact_buckets = 2 * buckets_per_doubling;
constexpr int exact_bits = static_cast<int>(std::bit_width(exact_buckets)) - 1;
// choice: 2^42 ns are 73 minutes, longer than any patience that a crowd is given.
constexpr int longest_bits = 42;
constexpr std::uint64_t longest_told_apart = (std::uint64_t{1} << longest_bits) - 1;
constexpr std::size_t bucket_count =
    exact_buckets + static_cast<std::size_t>(longest_bits - exact_bits) * buckets_per_doubling;

std::size_t bucket_of(std::uint64_t value) {
    if (value < exact_buckets) return value;
    const int shift = static_cast<int>(std::bit_width(value)) - exact_bits;
    return exact_buckets + static_cast<std::size_t>(shift - 1) * buckets_per_doubling +
           ((value >> shift) - buckets_per_doubling);
}

/// The largest value that is counted in a bucket.
std::uint64_t end_of(std::size_t bucket) {
    if (bucket < exact_buckets) return bucket;
    const std::size_t beyond = bucket - exact_buckets;
    const std::size_t shift = beyond / buckets_per_doubling + 1;
    const std::uint64_t place = beyond % buckets_per_doubling + buckets_per_doubling;
    return ((place + 1) << shift) - 1;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(bucket_count) {}

void LatencyHistogram::record(nanoseconds latency) {
    const nanoseconds held = std::max(latency, nanoseconds(0));
    const std::size_t bucket =
        bucket_of(std::min(static_cast<std::uint64_t>(held.count()), longest_told_apart));
    ++buckets_[bucket];
    used_end_ = std::max(used_end_, bucket + 1);
    ++count_;
    total_ += held;
    longest_ = std::max(longest_, held);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
    for (std::size_t i = 0; i < other.used_end_; ++i) buckets_[i] += other.buckets_[i];
    used_end_ = std::max(used_end_, other.used_end_);
    count_ += other.count_;
    total_ += other.total_;
    longest_ = std::max(longest_, other.longest_);
}

void LatencyHistogram::clear() {
    std::fill_n(buckets_.begin(), used_end_, 0);
    used_end_ = 0;
    count_ = 0;
    total_ = nanoseconds(0);
    longest_ = nanoseconds(0);
}

nanoseconds LatencyHistogram::mean() const {
    return count_ == 0 ? nanoseconds(0) : total_ / static_cast<std::int64_t>(count_);
}

nanoseconds LatencyHistogram::percentile(double percent) const {
    if (count_ == 0) return nanoseconds(0);
    // 99.9 % of 1,000 is 999.0000000000001 in floating point and must not become the 1,000th; a
    // millionth of a place is far above that error and far below any share that is asked for.
    constexpr double rounding = 1e-6;
    const double place = std::ceil(percent / 100.0 * static_cast<double>(count_) - rounding);
    const auto wanted =
        std::clamp(static_cast<std::uint64_t>(std::max(place, 1.0)), std::uint64_t{1}, count_);
    std::uint64_t passed = 0;
    for (std::size_t i = 0; i < used_end_; ++i) {
        passed += buckets_[i];
        if (passed < wanted) continue;
        // The last bucket's end may lie beyond what was ever seen, or stand for all that is longer.
        if (passed == count_) return longest_;
        return nanoseconds(static_cast<std::int64_t>(end_of(i)));
    }
    return longest_;
}

}  // namespace dibs::rehearsal
