#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/counter.h"
#include "metrics/histogram.h"

namespace dibs::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// Every metric of the process, by name, and the page that shows them.
///
/// Metrics are made before the threads that use them start, and live as long as the registry.
/// Making them is for one thread; `text` may be called by any.
class Registry {
public:
    Registry() = default;
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    /// The metrics of one name share its help and differ in their labels.
    Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
    Histogram& histogram(const std::string& name, const std::string& help,
                         std::vector<double> upper_bounds, const Labels& labels = {});

    /// A value that is asked for when the page is drawn; `read` must be callable from any thread.
    void gauge(const std::string& name, const std::string& help, std::function<double()> read,
               const Labels& labels = {});
    /// The same for a count that is kept elsewhere and only grows.
    void counted_elsewhere(const std::string& name, const std::string& help,
                           std::function<double()> read, const Labels& labels = {});

    /// The page, in Prometheus' text exposition format 0.0.4.
    [[nodiscard]] std::string text() const;

private:
    enum class Type : std::uint8_t { counter, gauge, histogram };
    struct Metric {
        Labels labels;
        std::function<double()> read;          // counter, gauge
        const Histogram* histogram = nullptr;  // histogram
    };
    struct Family {
        std::string name;
        std::string help;
        Type type;
        std::vector<Metric> metrics;
    };

    Family& family(const std::string& name, const std::string& help, Type type);

    std::deque<Counter> counters_;
    std::deque<Histogram> histograms_;
    std::vector<Family> families_;
};

}  // namespace dibs::metrics
