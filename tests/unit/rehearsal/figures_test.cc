// Goal: figures read as people write them, at every edge between two units. Method: tables.

#include "rehearsal/figures.h"

#include <gtest/gtest.h>

#include <limits>

namespace dibs::rehearsal {
namespace {

using std::chrono::nanoseconds;

std::string shown(std::int64_t count) {
    return readable(nanoseconds(count));
}

TEST(Figures, GroupDigitsByThree) {
    EXPECT_EQ(grouped(std::uint64_t{0}), "0");
    EXPECT_EQ(grouped(std::uint64_t{999}), "999");
    EXPECT_EQ(grouped(std::uint64_t{1'000}), "1,000");
    EXPECT_EQ(grouped(std::uint64_t{1'234'567}), "1,234,567");
    EXPECT_EQ(grouped(std::int64_t{-100'000}), "-100,000");
    EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Figures, ShowDurationsToThreeDigitsInTheUnitThatSuits) {
    EXPECT_EQ(shown(0), "0 ns");
    EXPECT_EQ(shown(999), "999 ns");
    EXPECT_EQ(shown(1'000), "1.00 µs");
    EXPECT_EQ(shown(9'994), "9.99 µs");
    EXPECT_EQ(shown(9'996), "10.0 µs");
    EXPECT_EQ(shown(99'960), "100 µs");
    EXPECT_EQ(shown(999'499), "999 µs");
    EXPECT_EQ(shown(999'600), "1.00 ms");
    EXPECT_EQ(shown(12'345'678), "12.3 ms");
    EXPECT_EQ(shown(999'600'000), "1.00 s");
    EXPECT_EQ(shown(119'000'000'000), "119 s");
    EXPECT_EQ(shown(125'000'000'000), "2 min 05 s");
    EXPECT_EQ(shown(3'600'000'000'000), "60 min 00 s");
}

TEST(Figures, DoNotCallAShareNothingOrAllThatIsNot) {
    EXPECT_EQ(share_of(0, 10), "0 %");
    EXPECT_EQ(share_of(10, 10), "100 %");
    EXPECT_EQ(share_of(1, 8), "12.5 %");
    EXPECT_EQ(share_of(1, 1'000'000), "<0.1 %");
    EXPECT_EQ(share_of(999'999, 1'000'000), ">99.9 %");
    EXPECT_EQ(share_of(0, 0), "-");
}

TEST(Figures, DrawBarsToAnEighth) {
    EXPECT_EQ(bar(0, 4), "");
    EXPECT_EQ(bar(1, 4), "████");
    EXPECT_EQ(bar(0.5, 4), "██");
    EXPECT_EQ(bar(1.0 / 32, 4), "▏");
    EXPECT_EQ(bar(2, 2), "██");
    EXPECT_EQ(bar(-1, 2), "");
}

TEST(Figures, MeasureTextsByWhatIsSeen) {
    EXPECT_EQ(shown_width("12 µs"), 5U);
    EXPECT_EQ(padded_left("µ", 3), "  µ");
    EXPECT_EQ(padded_right("µ", 3), "µ  ");
    EXPECT_EQ(padded_left("long", 2), "long");
    EXPECT_EQ(cut_to("▕██▏ab", 4), "▕██▏");
    EXPECT_EQ(cut_to("ab", 4), "ab");
    EXPECT_EQ(cut_to("ab", 0), "");
}

}  // namespace
}  // namespace dibs::rehearsal
