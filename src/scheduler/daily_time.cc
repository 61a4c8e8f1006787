#include "scheduler/daily_time.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <stdexcept>

namespace dibs::scheduler {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;

namespace {

using date::local_days;
using date::time_zone;

local_days local_day_of(const time_zone& zone, Instant instant) {
    return date::floor<date::days>(zone.to_local(instant));
}

Instant to_instant(const time_zone& zone, date::local_time<std::chrono::minutes> local) {
    const date::local_info info = zone.get_info(local);
    if (info.result == date::local_info::nonexistent) return info.first.end;
    return Instant(local.time_since_epoch() - info.first.offset);
}

}  // namespace

Result<DailyTime> DailyTime::open(std::chrono::minutes time_of_day, const std::string& zone_name) {
    try {
        return DailyTime(time_of_day, *date::locate_zone(zone_name));
    } catch (const std::runtime_error&) {
        return Failure{FailureKind::invalid,
                       fmt::format("no time zone is named \"{}\"", zone_name)};
    }
}

Instant DailyTime::next_after(Instant now) const {
    // Today's may have passed, tomorrow's has not; the day after is for zones that skip a whole
    // day.
    const local_days today = local_day_of(*zone_, now);
    for (date::days ahead{0};; ++ahead) {
        const Instant candidate = to_instant(*zone_, today + ahead + time_of_day_);
        if (candidate > now) return candidate;
    }
}

Instant DailyTime::last_before(Instant now) const {
    // From tomorrow on: a clock that is set back over midnight leaves a day that had begun, and its
    // time may have been.
    const local_days today = local_day_of(*zone_, now);
    for (date::days back{-1};; ++back) {
        const Instant candidate = to_instant(*zone_, today - back + time_of_day_);
        if (candidate <= now) return candidate;
    }
}

Instant DailyTime::start_of_day(Instant now, std::chrono::days back) const {
    return to_instant(
        *zone_, local_day_of(*zone_, now) - date::days(back.count()) + std::chrono::minutes(0));
}

}  // namespace dibs::scheduler
