// Goal: a moment survives being written and read, and nothing malformed is read as a moment.
// Method: round trips at the edges of the calendar, and a table of wrong spellings.

#include "base/instant.h"

#include <gtest/gtest.h>

namespace dibs::base {
namespace {

TEST(Instant, IsShownInUtcWithSixDigits) {
    EXPECT_EQ(to_rfc3339(from_microseconds(0)), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(to_rfc3339(from_microseconds(1'795'748'400'012'345)), "2026-11-27T03:00:00.012345Z");
    EXPECT_EQ(to_rfc3339(from_microseconds(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(Instant, SurvivesARoundTripAtTheEdgesOfTheCalendar) {
    for (const Instant instant : {earliest_instant(), latest_instant(), from_microseconds(-1),
                                  from_microseconds(951'782'400'000'000)}) {
        EXPECT_EQ(parse_rfc3339(to_rfc3339(instant)), instant);
    }
}

TEST(Instant, ReadsOffsetsAndAnyNumberOfFractionDigits) {
    const auto noon = parse_rfc3339("2026-11-27T12:00:00+09:00");
    ASSERT_TRUE(noon.has_value());
    EXPECT_EQ(to_rfc3339(*noon), "2026-11-27T03:00:00.000000Z");
    EXPECT_EQ(parse_rfc3339("2026-11-27T03:00:00.1Z"),
              parse_rfc3339("2026-11-27T03:00:00.100000Z"));
    EXPECT_EQ(parse_rfc3339("2026-11-27T03:00:00.1234567Z"),
              parse_rfc3339("2026-11-27T03:00:00.123456Z"));
    EXPECT_EQ(parse_rfc3339("2026-12-31T23:59:60Z"), parse_rfc3339("2027-01-01T00:00:00Z"));
}

TEST(Instant, RefusesWhatIsNotADateTime) {
    for (const char* text :
         {"", "2026-11-27", "2026-11-27T03:00:00", "2026-11-27T03:00Z", "2026-13-01T00:00:00Z",
          "2026-02-29T00:00:00Z", "2026-11-27T24:00:00Z", "2026-11-27T00:60:00Z",
          "2026-11-27T00:00:61Z", "2026-11-27T00:00:00.Z", "2026-11-27T00:00:00Z ",
          "2026-11-27T00:00:00+0900", "2026-11-27T00:00:00+24:00", "+026-11-27T00:00:00Z",
          "9999-12-31T23:59:59-01:00", "2026-11-27X00:00:00Z"}) {
        EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
    }
}

TEST(Instant, KnowsTheDaysThatNoCalendarHas) {
    for (const char* text : {"2026-02-30T00:00:00Z", "2026-02-29 00:00", "2026-13-01T00:00:00Z",
                             "2026-00-10", "2026-04-31", "2026-01-00tx"}) {
        EXPECT_EQ(find_missing_day(text), std::string_view(text).substr(0, 10)) << text;
    }
    for (const char* text : {"", "2026-11-27", "2024-02-29T00:00:00Z", "2026-02-300", "2026-02-3",
                             "2026-2-30", "tomorrow", "2026-02-30X"}) {
        EXPECT_EQ(find_missing_day(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace dibs::base
