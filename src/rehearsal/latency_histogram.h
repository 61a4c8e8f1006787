#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dibs::rehearsal {

/// How long things took, counted in buckets that widen with the value.
///
/// Every figure read back is right to three significant digits (never below the true value, at most
/// 1/1024 above it), from a nanosecond to 73 minutes; what is longer is counted as that long,
/// except in `longest()`. Recording costs a few instructions and never allocates. Belongs to one
/// thread.
class LatencyHistogram {
public:
    LatencyHistogram();

    /// Counts one. A negative latency counts as none at all.
    void record(std::chrono::nanoseconds latency);

    /// Counts everything that `other` counted, too.
    void add(const LatencyHistogram& other);

    /// Forgets everything.
    void clear();

    [[nodiscard]] std::uint64_t count() const { return count_; }

    /// The longest and the mean, exactly as recorded; zero if nothing was.
    [[nodiscard]] std::chrono::nanoseconds longest() const { return longest_; }
    [[nodiscard]] std::chrono::nanoseconds mean() const;

    /// The smallest latency that at least `percent` of a hundred did not exceed: 50 is the median,
    /// 100 the longest. Zero if nothing was recorded.
    [[nodiscard]] std::chrono::nanoseconds percentile(double percent) const;

private:
    std::vector<std::uint64_t> buckets_;
    std::size_t used_end_ = 0;  ///< No bucket from here on was ever counted in.
    std::uint64_t count_ = 0;
    std::chrono::nanoseconds total_{0};
    std::chrono::nanoseconds longest_{0};
};

}  // namespace dibs::rehearsal
