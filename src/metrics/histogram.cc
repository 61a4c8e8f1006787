#include "metrics/histogram.h"

#include <algorithm>
#include <utility>

namespace dibs::metrics {

Histogram::Histogram(std::vector<double> upper_bounds)
    : upper_bounds_(std::move(upper_bounds)), counts_(upper_bounds_.size() + 1) {}

void Histogram::observe(double value) {
    // "le" in the exposition format: a value on a bound belongs below it.
    const auto range = std::ranges::lower_bound(upper_bounds_, value) - upper_bounds_.begin();
    counts_[static_cast<std::size_t>(range)].add();
    sum_.fetch_add(value, std::memory_order_relaxed);
}

void Histogram::observe(std::chrono::nanoseconds duration) {
    observe(std::chrono::duration<double>(duration).count());
}

Histogram::Reading Histogram::read() const {
    Reading reading;
    reading.counts.reserve(counts_.size());
    for (const Counter& count : counts_) reading.counts.push_back(count.value());
    reading.sum = sum_.load(std::memory_order_relaxed);
    return reading;
}

std::vector<double> duration_bounds() {
    return {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
            0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};
}

std::vector<double> size_bounds() {
    return {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
}

}  // namespace dibs::metrics
