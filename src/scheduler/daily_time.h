#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"

namespace date {
class time_zone;
}

namespace dibs::scheduler {

/// A time of day in a time zone, and the only place where days begin and end. Pure: it is told what
/// time it is. A value; any thread.
///
/// Where a clock change skips a local time, it stands for the moment of the change; where a change
/// repeats it, for the first of the two.
class DailyTime {
public:
    /// `zone_name` is an IANA name, such as `Asia/Seoul`. `time_of_day` counts from local midnight.
    /// Fails: invalid (no such zone).
    [[nodiscard]] static base::Result<DailyTime> open(std::chrono::minutes time_of_day,
                                                      const std::string& zone_name);

    /// The first moment after `now` at which it is that time.
    [[nodiscard]] base::Instant next_after(base::Instant now) const;

    /// The last moment at or before `now` at which it was that time.
    [[nodiscard]] base::Instant last_before(base::Instant now) const;

    /// The start of the local day that `now` lies in, less so many whole days.
    [[nodiscard]] base::Instant start_of_day(base::Instant now, std::chrono::days back) const;

private:
    DailyTime(std::chrono::minutes time_of_day, const date::time_zone& zone)
        : time_of_day_(time_of_day), zone_(&zone) {}

    std::chrono::minutes time_of_day_;
    const date::time_zone*
        zone_;  // Lives as long as the process: the library's database is not reloaded.
};

}  // namespace dibs::scheduler
