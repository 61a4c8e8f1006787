#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <vector>

#include "metrics/counter.h"

namespace dibs::metrics {

/// How often values fell into each of some ranges. Any thread may observe and read.
class Histogram {
public:
    /// `upper_bounds` ascend; a last range without a bound is added.
    explicit Histogram(std::vector<double> upper_bounds);

    void observe(double value);
    /// Observes a duration in seconds, the base unit of the exposition format.
    void observe(std::chrono::nanoseconds duration);

    struct Reading {
        std::vector<std::uint64_t> counts;  ///< Of each range alone; the last has no bound.
        double sum = 0;
    };
    [[nodiscard]] Reading read() const;
    [[nodiscard]] const std::vector<double>& upper_bounds() const { return upper_bounds_; }

private:
    const std::vector<double> upper_bounds_;
    std::deque<Counter> counts_;
    std::atomic<double> sum_ = 0;
};

/// Bounds for durations in seconds: 1, 2.5 and 5 of each power of ten from 50 microseconds to 10
/// seconds.
[[nodiscard]] std::vector<double> duration_bounds();
/// Bounds for counts: powers of two from 1 to 4,096.
[[nodiscard]] std::vector<double> size_bounds();

}  // namespace dibs::metrics
