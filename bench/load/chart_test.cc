// Goal: a chart shows what was measured, where the goal is and what falls short, and can be drawn
// again. Method: small results by hand, and what stands in the picture's text.

#include "load/chart.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "load/some_occasion.h"

namespace dibs::bench {
namespace {

MeasuredGoal measured(std::vector<Figure> figures, std::vector<Curve> curves = {}) {
    return {.id = "P2",
            .what = "This & that",
            .bound = "",
            .command = "bench/run.sh P2",
            .occasion = some_occasion("2026-11-23T10:00:00Z"),
            .result = {.figures = std::move(figures), .notes = {}, .curves = std::move(curves)}};
}

Figure ratio(std::vector<double> rounds) {
    return {.name = "this < that",
            .unit = "",
            .rounds = std::move(rounds),
            .target = Target{.side = Target::Side::at_least, .value = 8}};
}

std::size_t count_of(const std::string& text, const std::string& what) {
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
    return count;
}

/// The x of the first thing of a kind, whichever attribute says it.
double place_of(const std::string& picture, const std::string& kind) {
    std::smatch found;
    const std::regex thing(R"re(<(?:rect|line|circle) (?:x|cx|x1)="([0-9.]+)"[^>]* class=")re" +
                           kind + "\"");
    return std::regex_search(picture, found, thing) ? std::stod(found[1]) : -1;
}

/// The y of the line to be reached.
double place_down(const std::string& picture) {
    std::smatch found;
    const std::regex wanted(R"re(y1="([0-9.]+)"[^>]* class="wanted")re");
    return std::regex_search(picture, found, wanted) ? std::stod(found[1]) : -1;
}

TEST(Chart, HasADotForEachRoundAndALineForTheGoal) {
    const std::string picture = chart_of(measured({ratio({9, 10, 14})}));
    EXPECT_EQ(count_of(picture, R"(class="round")"), 3U) << picture;
    EXPECT_EQ(count_of(picture, R"(class="wanted")"), 1U);
    EXPECT_TRUE(picture.contains("&gt;= 8"));
}

TEST(Chart, PutsTheGoalOnTheRightSideOfTheMedian) {
    const std::string met = chart_of(measured({ratio({9, 10, 14})}));
    EXPECT_LT(place_of(met, "wanted"), place_of(met, "met"));
    const std::string missed = chart_of(measured({ratio({2, 3, 4})}));
    EXPECT_GT(place_of(missed, "wanted"), place_of(missed, "short"));
}

TEST(Chart, SaysInColourWhatFallsShort) {
    EXPECT_TRUE(chart_of(measured({ratio({9, 10, 14})})).contains(R"(class="met")"));
    EXPECT_FALSE(chart_of(measured({ratio({9, 10, 14})})).contains(R"(class="short")"));
    EXPECT_TRUE(chart_of(measured({ratio({1, 2, 3})})).contains(R"(class="short")"));
}

TEST(Chart, SpellsWhatXmlWouldMisread) {
    const std::string picture = chart_of(measured({ratio({9})}));
    EXPECT_TRUE(picture.contains("this &lt; that"));
    EXPECT_TRUE(picture.contains("This &amp; that"));
}

TEST(Chart, FollowsTheColoursOfTheReadersScreen) {
    EXPECT_TRUE(chart_of(measured({ratio({9})})).contains("prefers-color-scheme: dark"));
}

TEST(Chart, ShowsFiguresOfAGoalThatIsOnlyReported) {
    const Figure bytes{.name = "`an issue`", .unit = "bytes", .rounds = {200}};
    const Figure other{.name = "issues", .unit = "1/s", .rounds = {3}};
    const std::string picture = chart_of(measured({bytes, other}));
    EXPECT_TRUE(picture.contains("200 bytes"));
    EXPECT_TRUE(picture.contains(">an issue<"));
    EXPECT_FALSE(picture.contains("issues"));
}

TEST(Chart, DrawsACurveThroughItsMedians) {
    const Curve curve{.name = "growth",
                      .unit = "1/s",
                      .across = "rows",
                      .is_logarithmic = true,
                      .points = {{.at = 10, .rounds = {4}},
                                 {.at = 100, .rounds = {3, 5}},
                                 {.at = 1'000, .rounds = {2}}}};
    const std::string picture = chart_of(measured({ratio({9})}, {curve}));
    EXPECT_EQ(count_of(picture, R"(class="curve")"), 2U);
    EXPECT_EQ(count_of(picture, R"(r="3.0" class="round")"), 4U);
    // Ten times as much is as far each time.
    const std::regex line(
        R"re(<line x1="([0-9.]+)" y1="[^"]*" x2="([0-9.]+)" [^>]* class="curve")re");
    std::vector<double> lengths;
    for (std::sregex_iterator at(picture.begin(), picture.end(), line), end; at != end; ++at) {
        lengths.push_back(std::stod((*at)[2]) - std::stod((*at)[1]));
    }
    ASSERT_EQ(lengths.size(), 2U);
    EXPECT_GT(lengths[0], 100);
    EXPECT_NEAR(lengths[0], lengths[1], 0.2);
}

TEST(Chart, HoldsAgainstNothingMeasured) {
    const Figure none{.name = "none",
                      .unit = "",
                      .rounds = {0, 0},
                      .target = Target{.side = Target::Side::at_most, .value = 0}};
    EXPECT_TRUE(chart_of(measured({none})).contains(R"(class="met")"));
    EXPECT_TRUE(chart_of(measured({}, {Curve{}})).ends_with("</svg>\n"));
}

TEST(Chart, BreaksATitleThatIsTooLong) {
    MeasuredGoal goal = measured({ratio({9})});
    for (int i = 0; i < 30; ++i) goal.what += " word" + std::to_string(i);
    const std::string picture = chart_of(goal);
    EXPECT_EQ(count_of(picture, R"(class="title")"), 3U) << picture;
    EXPECT_TRUE(picture.contains("word29"));
    // What comes below makes room for it.
    EXPECT_GT(place_down(picture), place_down(chart_of(measured({ratio({9})}))));
}

TEST(Chart, IsTheSameForTheSameResults) {
    EXPECT_EQ(chart_of(measured({ratio({9, 10})})), chart_of(measured({ratio({9, 10})})));
}

}  // namespace
}  // namespace dibs::bench
