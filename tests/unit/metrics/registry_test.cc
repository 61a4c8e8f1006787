// Goal: the page says what was counted, in the form that Prometheus reads.
// Method: the whole page compared, line for line, for each kind of metric; the form's own rules
// (one HELP and TYPE per name, cumulative buckets, escaped labels) read off it.

#include "metrics/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace dibs::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Registry, ShowsACounterWithItsHelp) {
    Registry registry;
    registry.counter("dibs_things_total", "Things that were counted.").add(42);
    EXPECT_EQ(registry.text(),
              "# HELP dibs_things_total Things that were counted.\n"
              "# TYPE dibs_things_total counter\n"
              "dibs_things_total 42\n");
}

TEST(Registry, ShowsTheMetricsOfOneNameUnderOneHelp) {
    Registry registry;
    registry.counter("dibs_issue_total", "Answers.", {{"outcome", "issued"}}).add(2);
    registry.counter("dibs_other_total", "Others.").add(1);
    registry.counter("dibs_issue_total", "Answers.", {{"outcome", "coupon-sold-out"}}).add(3);
    EXPECT_EQ(registry.text(),
              "# HELP dibs_issue_total Answers.\n"
              "# TYPE dibs_issue_total counter\n"
              "dibs_issue_total{outcome=\"issued\"} 2\n"
              "dibs_issue_total{outcome=\"coupon-sold-out\"} 3\n"
              "# HELP dibs_other_total Others.\n"
              "# TYPE dibs_other_total counter\n"
              "dibs_other_total 1\n");
}

TEST(Registry, ShowsAHistogramWithCumulativeBuckets) {
    Registry registry;
    Histogram& histogram = registry.histogram("dibs_size", "Sizes.", {1, 2.5}, {{"of", "group"}});
    for (const double value : {1.0, 2.0, 2.5, 7.0}) histogram.observe(value);
    EXPECT_EQ(registry.text(),
              "# HELP dibs_size Sizes.\n"
              "# TYPE dibs_size histogram\n"
              "dibs_size_count{of=\"group\"} 4\n"
              "dibs_size_sum{of=\"group\"} 12.5\n"
              "dibs_size_bucket{of=\"group\",le=\"1\"} 1\n"
              "dibs_size_bucket{of=\"group\",le=\"2.5\"} 3\n"
              "dibs_size_bucket{of=\"group\",le=\"+Inf\"} 4\n");
}

TEST(Registry, AsksForAGaugeWhenThePageIsDrawn) {
    Registry registry;
    double length = 3;
    registry.gauge("dibs_length", "How many wait.", [&length] { return length; });
    EXPECT_THAT(registry.text(), HasSubstr("# TYPE dibs_length gauge\ndibs_length 3\n"));
    length = 4;
    EXPECT_THAT(registry.text(), HasSubstr("dibs_length 4\n"));
}

TEST(Registry, ShowsWhatIsCountedElsewhereAsACounter) {
    Registry registry;
    registry.counted_elsewhere("dibs_statements_total", "Statements.", [] { return 7.0; });
    EXPECT_THAT(registry.text(),
                HasSubstr("# TYPE dibs_statements_total counter\ndibs_statements_total 7\n"));
}

TEST(Registry, NoLabelBreaksALine) {
    Registry registry;
    registry.counter("dibs_total", "Help.", {{"why", "a\"b\\c\nd"}}).add(1);
    EXPECT_THAT(registry.text(), HasSubstr("dibs_total{why=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(Registry, ShowsNothingOfNothing) {
    const Registry registry;
    EXPECT_EQ(registry.text(), "");
}

TEST(Registry, IsDrawnWhileOthersCount) {
    Registry registry;
    Counter& counter = registry.counter("dibs_total", "Help.");
    Histogram& histogram = registry.histogram("dibs_size", "Sizes.", {1});
    std::thread other([&] {
        for (int i = 0; i < 5'000; ++i) {
            counter.add();
            histogram.observe(0.5);
        }
    });
    for (int i = 0; i < 50; ++i) EXPECT_THAT(registry.text(), HasSubstr("dibs_total "));
    other.join();
    EXPECT_THAT(registry.text(), HasSubstr("dibs_total 5000\n"));
    EXPECT_THAT(registry.text(), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace dibs::metrics
