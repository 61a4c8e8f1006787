#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dibs::base {

/// A moment of the world's time: UTC, microseconds, as it is stored and compared everywhere.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

/// Microseconds since 1970-01-01T00:00:00Z, the form in which stores keep an `Instant`.
[[nodiscard]] constexpr std::int64_t to_microseconds(Instant instant) {
    return instant.time_since_epoch().count();
}
[[nodiscard]] constexpr Instant from_microseconds(std::int64_t count) {
    return Instant(std::chrono::microseconds(count));
}

/// The earliest and latest moments that RFC 3339 can spell: the years 0000 to 9999.
[[nodiscard]] Instant earliest_instant();
[[nodiscard]] Instant latest_instant();

/// RFC 3339 in UTC with six digits of fraction: `2026-11-27T03:00:00.012345Z` (27 bytes).
[[nodiscard]] std::string to_rfc3339(Instant instant);
/// The same, appended to `out` with no allocation of its own.
void append_rfc3339(std::string& out, Instant instant);

/// Reads an RFC 3339 date-time (section 5.6): any offset, any number of fraction digits; what lies
/// beyond microseconds is cut off. A leap second (`:60`) is read as the second after it. Nothing if
/// malformed.
[[nodiscard]] std::optional<Instant> parse_rfc3339(std::string_view text);

/// The day that `text` begins with, if it is spelled as one and no calendar has it: `2026-02-30`.
/// For saying what is wrong with what `parse_rfc3339` doesn't read.
[[nodiscard]] std::optional<std::string_view> find_missing_day(std::string_view text);

}  // namespace dibs::base
