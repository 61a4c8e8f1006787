// Goal: a time of day comes once a day, in every zone and whatever its clocks do, and a day begins
// where its zone says.
// Method: the zones' own changes, worked out by hand: clocks that go forward, clocks that go back,
// midnights that don't exist or come twice, a day that a whole country skipped. Then what must be
// true of any moment in any zone, tried at random moments and around the changes of those zones.

#include "scheduler/daily_time.h"

#include <date/tz.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "support/moments.h"

namespace dibs::scheduler {
namespace {

using base::Instant;
using std::chrono::days;
using test::kind_of;
using test::must;
using test::one_tick;

using namespace std::chrono_literals;

Instant at(std::string_view text) {
    const auto instant = base::parse_rfc3339(text);
    base::ensure(instant.has_value(), "a test's time is one");
    return *instant;
}

/// To the second, as the tests spell times; what has a fraction keeps it.
std::string shown(Instant instant) {
    std::string text = base::to_rfc3339(instant);
    if (const auto fraction = text.find(".000000"); fraction != std::string::npos) {
        text.erase(fraction, 7);
    }
    return text;
}

/// A daily time, asked and answered in text.
class Daily {
public:
    Daily(std::chrono::minutes time_of_day, const std::string& zone)
        : time_(must(DailyTime::open(time_of_day, zone))) {}

    [[nodiscard]] std::string next_after(std::string_view now) const {
        return shown(time_.next_after(at(now)));
    }
    [[nodiscard]] std::string last_before(std::string_view now) const {
        return shown(time_.last_before(at(now)));
    }
    [[nodiscard]] std::string start_of_day(std::string_view now, int back = 0) const {
        return shown(time_.start_of_day(at(now), days(back)));
    }

private:
    DailyTime time_;
};

TEST(DailyTime, ComesOnceADay) {
    const Daily time(5min, "UTC");
    EXPECT_EQ(time.next_after("2026-11-27T12:00:00Z"), "2026-11-28T00:05:00Z");
    EXPECT_EQ(time.next_after("2026-11-27T00:00:00Z"), "2026-11-27T00:05:00Z");
    EXPECT_EQ(time.last_before("2026-11-27T12:00:00Z"), "2026-11-27T00:05:00Z");
    EXPECT_EQ(time.last_before("2026-11-27T00:00:00Z"), "2026-11-26T00:05:00Z");
}

TEST(DailyTime, AtTheVeryMomentItIsThatTimeAndTheNextIsTomorrow) {
    const Daily time(5min, "UTC");
    EXPECT_EQ(time.next_after("2026-11-27T00:04:59.999999Z"), "2026-11-27T00:05:00Z");
    EXPECT_EQ(time.next_after("2026-11-27T00:05:00Z"), "2026-11-28T00:05:00Z");
    EXPECT_EQ(time.last_before("2026-11-27T00:05:00Z"), "2026-11-27T00:05:00Z");
    EXPECT_EQ(time.last_before("2026-11-27T00:04:59.999999Z"), "2026-11-26T00:05:00Z");
}

TEST(DailyTime, CrossesTheEndsOfMonthsAndYears) {
    const Daily time(23h + 59min, "UTC");
    EXPECT_EQ(time.next_after("2026-12-31T23:59:00Z"), "2027-01-01T23:59:00Z");
    EXPECT_EQ(time.next_after("2028-02-28T23:59:00Z"), "2028-02-29T23:59:00Z");
    EXPECT_EQ(time.last_before("2027-01-01T00:00:00Z"), "2026-12-31T23:59:00Z");
}

TEST(DailyTime, IsTheZonesOwnTime) {
    const Daily seoul(5min, "Asia/Seoul");
    EXPECT_EQ(seoul.next_after("2026-11-27T12:00:00Z"), "2026-11-27T15:05:00Z");
    EXPECT_EQ(seoul.last_before("2026-11-27T12:00:00Z"), "2026-11-26T15:05:00Z");
    EXPECT_EQ(seoul.start_of_day("2026-11-27T12:00:00Z"), "2026-11-26T15:00:00Z");
    EXPECT_EQ(seoul.start_of_day("2026-11-27T15:00:00Z"), "2026-11-27T15:00:00Z");
    EXPECT_EQ(seoul.start_of_day("2026-11-27T12:00:00Z", 7), "2026-11-19T15:00:00Z");
}

// New York, 2026-03-08: 02:00 EST becomes 03:00 EDT at 07:00Z. Berlin, 2026-03-29: 02:00 CET
// becomes 03:00 CEST at 01:00Z.
TEST(DailyTime, ASkippedTimeStandsForTheMomentOfTheChange) {
    const Daily new_york(2h + 30min, "America/New_York");
    EXPECT_EQ(new_york.next_after("2026-03-07T12:00:00Z"), "2026-03-08T07:00:00Z");
    EXPECT_EQ(new_york.next_after("2026-03-08T07:00:00Z"), "2026-03-09T06:30:00Z");
    EXPECT_EQ(new_york.last_before("2026-03-08T12:00:00Z"), "2026-03-08T07:00:00Z");
    EXPECT_EQ(new_york.last_before("2026-03-08T06:59:59Z"), "2026-03-07T07:30:00Z");
    const Daily berlin(2h + 30min, "Europe/Berlin");
    EXPECT_EQ(berlin.next_after("2026-03-28T12:00:00Z"), "2026-03-29T01:00:00Z");
    EXPECT_EQ(berlin.next_after("2026-03-29T01:00:00Z"), "2026-03-30T00:30:00Z");
}

// New York, 2026-11-01: 02:00 EDT becomes 01:00 EST at 06:00Z. Berlin, 2026-10-25: 03:00 CEST
// becomes 02:00 CET at 01:00Z.
TEST(DailyTime, ARepeatedTimeComesOnceTheFirstOfTheTwo) {
    const Daily new_york(1h + 30min, "America/New_York");
    EXPECT_EQ(new_york.next_after("2026-10-31T12:00:00Z"), "2026-11-01T05:30:00Z");
    EXPECT_EQ(new_york.next_after("2026-11-01T05:30:00Z"), "2026-11-02T06:30:00Z");
    EXPECT_EQ(new_york.last_before("2026-11-01T06:45:00Z"), "2026-11-01T05:30:00Z");
    const Daily berlin(2h + 30min, "Europe/Berlin");
    EXPECT_EQ(berlin.next_after("2026-10-24T12:00:00Z"), "2026-10-25T00:30:00Z");
    EXPECT_EQ(berlin.next_after("2026-10-25T00:45:00Z"), "2026-10-26T01:30:00Z");
    EXPECT_EQ(berlin.last_before("2026-10-25T01:45:00Z"), "2026-10-25T00:30:00Z");
}

TEST(DailyTime, DaysAreAsLongAsTheirClocksMakeThem) {
    const Daily berlin(0min, "Europe/Berlin");
    EXPECT_EQ(berlin.start_of_day("2026-03-29T12:00:00Z"), "2026-03-28T23:00:00Z");
    EXPECT_EQ(berlin.start_of_day("2026-03-30T12:00:00Z"), "2026-03-29T22:00:00Z");  // 23 hours.
    EXPECT_EQ(berlin.start_of_day("2026-10-25T12:00:00Z"), "2026-10-24T22:00:00Z");
    EXPECT_EQ(berlin.start_of_day("2026-10-26T12:00:00Z"), "2026-10-25T23:00:00Z");  // 25 hours.
    EXPECT_EQ(berlin.start_of_day("2026-10-26T12:00:00Z", 1), "2026-10-24T22:00:00Z");
}

// São Paulo, 2018-11-04: 00:00 becomes 01:00 at 03:00Z. 2018-02-18: 00:00 becomes 23:00 of the 17th
// at 02:00Z, and midnight comes at 03:00Z.
TEST(DailyTime, AMidnightThatIsSkippedOrComesLateBeginsTheDayAllTheSame) {
    const Daily sao_paulo(0min, "America/Sao_Paulo");
    EXPECT_EQ(sao_paulo.start_of_day("2018-11-04T12:00:00Z"), "2018-11-04T03:00:00Z");
    EXPECT_EQ(sao_paulo.next_after("2018-11-03T12:00:00Z"), "2018-11-04T03:00:00Z");
    EXPECT_EQ(sao_paulo.start_of_day("2018-02-18T12:00:00Z"), "2018-02-18T03:00:00Z");
    EXPECT_EQ(sao_paulo.start_of_day("2018-02-18T02:30:00Z"), "2018-02-17T02:00:00Z");
}

// St. John's, 2010-11-07: 00:01 NDT becomes 23:01 of the 6th at 02:31Z, so that the 7th begins, is
// left, and begins again.
TEST(DailyTime, ATimeOfADayThatWasLeftAgainHasBeen) {
    const Daily st_johns(0min, "America/St_Johns");
    EXPECT_EQ(st_johns.next_after("2010-11-06T12:00:00Z"), "2010-11-07T02:30:00Z");
    EXPECT_EQ(st_johns.last_before("2010-11-07T02:30:30Z"), "2010-11-07T02:30:00Z");
    // Local time is 23:15 of the 6th here, the second time.
    EXPECT_EQ(st_johns.last_before("2010-11-07T02:45:00Z"), "2010-11-07T02:30:00Z");
    EXPECT_EQ(st_johns.next_after("2010-11-07T02:45:00Z"), "2010-11-08T03:30:00Z");
}

// Samoa went from UTC-10 to UTC+14 at 2011-12-30T10:00Z: after the 29th came the 31st.
TEST(DailyTime, ADayThatAZoneSkippedStandsForTheMomentOfTheChange) {
    const Daily apia(5min, "Pacific/Apia");
    EXPECT_EQ(apia.next_after("2011-12-29T00:00:00Z"), "2011-12-29T10:05:00Z");
    EXPECT_EQ(apia.next_after("2011-12-29T10:05:00Z"), "2011-12-30T10:00:00Z");
    EXPECT_EQ(apia.next_after("2011-12-30T10:00:00Z"), "2011-12-30T10:05:00Z");
    EXPECT_EQ(apia.next_after("2011-12-30T10:05:00Z"), "2011-12-31T10:05:00Z");
    EXPECT_EQ(apia.last_before("2011-12-30T10:04:59Z"), "2011-12-30T10:00:00Z");
    EXPECT_EQ(apia.start_of_day("2011-12-30T12:00:00Z"), "2011-12-30T10:00:00Z");
    EXPECT_EQ(apia.start_of_day("2011-12-30T12:00:00Z", 2), "2011-12-29T10:00:00Z");
}

TEST(DailyTime, RefusesWhatIsNoZone) {
    for (const char* name : {"", "Mars/Olympus_Mons", "asia/seoul", "../UTC", "UTC ", "+09:00"}) {
        EXPECT_EQ(kind_of(DailyTime::open(5min, name)), base::FailureKind::invalid) << name;
    }
}

// What must be true of any moment.

const std::vector<std::string>& zones() {
    static const std::vector<std::string> names{
        "UTC",
        "Asia/Seoul",
        "America/New_York",
        "Europe/Berlin",
        "Pacific/Apia",
        "America/Sao_Paulo",
        "America/St_Johns",    // Changed at 00:01, so that it left days again.
        "Australia/Lord_Howe"  // Changes by half an hour.
    };
    return names;
}

/// A moment of thirty years, and often one within a day of a change of the zone's clocks.
Instant any_moment(const std::string& zone_name) {
    const auto microseconds =
        *rc::gen::inRange<std::int64_t>(base::to_microseconds(at("1996-01-01T00:00:00Z")),
                                        base::to_microseconds(at("2026-12-31T00:00:00Z")));
    const Instant moment = base::from_microseconds(microseconds);
    if (*rc::gen::arbitrary<bool>()) return moment;
    const date::sys_info info = date::locate_zone(zone_name)->get_info(moment);
    if (info.end > at("2100-01-01T00:00:00Z")) return moment;  // The last of its changes.
    return info.end + one_tick * *rc::gen::inRange<std::int64_t>(-86'400'000'000, 86'400'000'000);
}

RC_GTEST_PROP(DailyTimeProperty, LastAndNextEncloseEveryMoment, ()) {
    const std::string zone = *rc::gen::elementOf(zones());
    const DailyTime time = must(DailyTime::open(1min * *rc::gen::inRange(0, 24 * 60), zone));
    const Instant now = any_moment(zone);
    const Instant last = time.last_before(now);
    const Instant next = time.next_after(now);
    RC_ASSERT(last <= now);
    RC_ASSERT(now < next);
    // Between the two there is no other: neither skipped nor counted twice.
    RC_ASSERT(time.next_after(last) == next);
    RC_ASSERT(time.last_before(next) == next);
    RC_ASSERT(time.last_before(next - one_tick) == last);
    RC_ASSERT(next - last <= 26h);
}

RC_GTEST_PROP(DailyTimeProperty, DaysBeginBeforeWhatLiesInThemAndGoBackOneByOne, ()) {
    const std::string zone = *rc::gen::elementOf(zones());
    const DailyTime time = must(DailyTime::open(5min, zone));
    const Instant now = any_moment(zone);
    Instant later = time.start_of_day(now, days(0));
    RC_ASSERT(later <= now);
    RC_ASSERT(now - later <= 26h);
    for (int back = 1; back <= 3; ++back) {
        const Instant earlier = time.start_of_day(now, days(back));
        // A skipped day begins where the next one does.
        RC_ASSERT(earlier < later || (zone == "Pacific/Apia" && earlier == later));
        later = earlier;
    }
}

}  // namespace
}  // namespace dibs::scheduler
