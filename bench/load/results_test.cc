// Goal: what was measured is told as it was measured, and what a person wrote beside the figures is
// kept. Method: small results by hand, written, read back, and put into pages.

#include <gtest/gtest.h>

#include "load/figure.h"
#include "load/results_file.h"
#include "load/results_table.h"
#include "load/some_occasion.h"

namespace dibs::bench {
namespace {

MeasuredGoal measured(const std::string& id, const std::string& measured_at, double value) {
    const Figure ratio{.name = "this \u00f7 that",
                       .unit = "",
                       .rounds = {value, value + 1, value + 5},
                       .target = Target{.side = Target::Side::at_least, .value = 8}};
    const Figure rate{.name = "this", .unit = "1/s", .rounds = {12'000}};
    return {.id = id,
            .what = "This against that",
            .bound = "the disk",
            .command = "bench/run.sh " + id,
            .occasion = some_occasion(measured_at),
            .result = {.figures = {ratio, rate}, .notes = {"A note."}}};
}

TEST(Figure, HasAMedianAndASpread) {
    EXPECT_EQ((Figure{.name = "", .unit = "", .rounds = {3, 1, 2}}).median(), 2);
    EXPECT_EQ((Figure{.name = "", .unit = "", .rounds = {4, 1, 2, 3}}).median(), 2.5);
    const Figure spread{.name = "", .unit = "", .rounds = {3, 1, 2}};
    EXPECT_EQ(spread.least(), 1);
    EXPECT_EQ(spread.most(), 3);
    EXPECT_EQ((Figure{.name = "", .unit = "", .rounds = {}}).median(), 0);
}

TEST(Figure, MeetsItsTargetFromTheRightSide) {
    const Target least{.side = Target::Side::at_least, .value = 8, .floor = 2};
    EXPECT_TRUE(least.is_met_by(8));
    EXPECT_FALSE(least.is_met_by(7.9));
    EXPECT_TRUE(least.is_floor_met_by(2));
    EXPECT_FALSE(least.is_floor_met_by(1.9));
    const Target most{.side = Target::Side::at_most, .value = 1.3};
    EXPECT_TRUE(most.is_met_by(1.3));
    EXPECT_FALSE(most.is_met_by(1.31));
    EXPECT_TRUE(most.is_floor_met_by(100));
}

TEST(Results, AreReadAsTheyWereWritten) {
    const auto read = read_results(results_as_json({measured("P2", "2026-11-23T10:00:00Z", 9)}));
    ASSERT_TRUE(read.is_ok());
    ASSERT_EQ(read->size(), 1U);
    const MeasuredGoal& goal = read->front();
    EXPECT_EQ(goal.id, "P2");
    EXPECT_EQ(goal.occasion.date(), "2026-11-23");
    EXPECT_EQ(goal.occasion.cores, 2U);
    ASSERT_EQ(goal.result.figures.size(), 2U);
    EXPECT_EQ(goal.result.figures[0].rounds, (std::vector<double>{9, 10, 14}));
    ASSERT_TRUE(goal.result.figures[0].target.has_value());
    EXPECT_EQ(goal.result.figures[0].target->value, 8);
    EXPECT_FALSE(goal.result.figures[1].target.has_value());
    EXPECT_EQ(goal.result.notes, std::vector<std::string>{"A note."});
}

TEST(Results, AreRefusedIfTheyAreSomethingElse) {
    for (const char* text : {"", "{}", R"({"goals":[{}]})", R"({"goals":3})"}) {
        const auto read = read_results(text);
        ASSERT_FALSE(read.is_ok()) << text;
        EXPECT_EQ(read.failure().kind, base::FailureKind::corrupted);
    }
}

TEST(Results, KeepTheNewestOfEachGoalInTheirOrder) {
    const auto newest = newest_of_each(
        {measured("G1", "2026-11-23T10:00:00Z", 4), measured("S1", "2026-11-23T10:00:00Z", 4),
         measured("P10", "2026-11-23T10:00:00Z", 1), measured("P2", "2026-11-24T10:00:00Z", 2),
         measured("P2", "2026-11-23T10:00:00Z", 3)});
    ASSERT_EQ(newest.size(), 4U);
    EXPECT_EQ(newest[0].id, "P2");
    EXPECT_EQ(newest[0].result.figures[0].least(), 2);
    EXPECT_EQ(newest[1].id, "P10");
    EXPECT_EQ(newest[2].id, "S1");
    EXPECT_EQ(newest[3].id, "G1");
}

TEST(Results, SayWhatFallsShort) {
    const std::string met = results_as_markdown({measured("P2", "2026-11-23T10:00:00Z", 9)});
    EXPECT_TRUE(met.contains("| >= 8 | **10** (9 to 14) | yes | `bench/run.sh P2` | the disk |"))
        << met;
    const std::string short_of = results_as_markdown({measured("P2", "2026-11-23T10:00:00Z", 2)});
    EXPECT_TRUE(short_of.contains("| >= 8 | **3** (2 to 7) | **no** |")) << short_of;
    EXPECT_TRUE(report_as_text(measured("P2", "2026-11-23T10:00:00Z", 2)).contains("FALLS SHORT"));
}

TEST(Results, LeaveWhatAPersonWroteBesideThem) {
    const std::string first = with_results("# Figures\n\n", "one\n");
    EXPECT_TRUE(first.starts_with("# Figures\n\n"));
    EXPECT_TRUE(first.contains("one\n"));
    const std::string second = with_results(first + "\nBy hand.\n", "two\n");
    EXPECT_TRUE(second.starts_with("# Figures\n\n"));
    EXPECT_TRUE(second.ends_with("\nBy hand.\n"));
    EXPECT_TRUE(second.contains("two\n"));
    EXPECT_FALSE(second.contains("one\n"));
}

}  // namespace
}  // namespace dibs::bench
