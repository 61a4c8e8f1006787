#include "metrics/registry.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>

namespace dibs::metrics {

namespace {

prometheus::ClientMetric::Histogram to_prometheus(const Histogram& histogram) {
    const Histogram::Reading reading = histogram.read();
    prometheus::ClientMetric::Histogram shown;
    for (std::size_t i = 0; i < reading.counts.size(); ++i) {
        shown.sample_count += reading.counts[i];
        const bool is_last = i == histogram.upper_bounds().size();
        shown.bucket.push_back({.cumulative_count = shown.sample_count,
                                .upper_bound = is_last ? std::numeric_limits<double>::infinity()
                                                       : histogram.upper_bounds()[i]});
    }
    shown.sample_sum = reading.sum;
    return shown;
}

}  // namespace

Registry::Family& Registry::family(const std::string& name, const std::string& help, Type type) {
    const auto found = std::ranges::find(families_, name, &Family::name);
    if (found != families_.end()) return *found;
    return families_.emplace_back(Family{name, help, type, {}});
}

Counter& Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
    Counter& counter = counters_.emplace_back();
    family(name, help, Type::counter)
        .metrics.push_back(
            {labels, [&counter] { return static_cast<double>(counter.value()); }, nullptr});
    return counter;
}

Histogram& Registry::histogram(const std::string& name, const std::string& help,
                               std::vector<double> upper_bounds, const Labels& labels) {
    Histogram& histogram = histograms_.emplace_back(std::move(upper_bounds));
    family(name, help, Type::histogram).metrics.push_back({labels, {}, &histogram});
    return histogram;
}

void Registry::gauge(const std::string& name, const std::string& help, std::function<double()> read,
                     const Labels& labels) {
    family(name, help, Type::gauge).metrics.push_back({labels, std::move(read), nullptr});
}

void Registry::counted_elsewhere(const std::string& name, const std::string& help,
                                 std::function<double()> read, const Labels& labels) {
    family(name, help, Type::counter).metrics.push_back({labels, std::move(read), nullptr});
}

std::string Registry::text() const {
    std::vector<prometheus::MetricFamily> shown;
    shown.reserve(families_.size());
    for (const Family& family : families_) {
        prometheus::MetricFamily page_family;
        page_family.name = family.name;
        page_family.help = family.help;
        for (const Metric& metric : family.metrics) {
            prometheus::ClientMetric line;
            for (const auto& [name, value] : metric.labels) line.label.push_back({name, value});
            switch (family.type) {
                case Type::counter:
                    page_family.type = prometheus::MetricType::Counter;
                    line.counter.value = metric.read();
                    break;
                case Type::gauge:
                    page_family.type = prometheus::MetricType::Gauge;
                    line.gauge.value = metric.read();
                    break;
                case Type::histogram:
                    page_family.type = prometheus::MetricType::Histogram;
                    line.histogram = to_prometheus(*metric.histogram);
                    break;
            }
            page_family.metric.push_back(std::move(line));
        }
        shown.push_back(std::move(page_family));
    }
    return prometheus::TextSerializer().Serialize(shown);
}

}  // namespace dibs::metrics
