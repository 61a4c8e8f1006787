#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"

namespace dibs::app {

/// Where something listens, or is reached: a host's name or address, and a port.
struct Endpoint {
    std::string host;  ///< An IPv6 address stands here without its brackets.
    std::uint16_t port = 0;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// `HOST:PORT`, an IPv6 address in brackets: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`. Nothing
/// if it is not that.
[[nodiscard]] std::optional<Endpoint> parse_endpoint(std::string_view text);
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

/// `http://HOST` or `http://HOST:PORT`, with nothing behind it but perhaps a slash; the port is 80
/// unless it is given. TLS belongs to a proxy in front: `https` is nothing.
[[nodiscard]] std::optional<Endpoint> parse_http_address(std::string_view text);

/// A time of day, `00:05`, as what has passed since midnight. Two digits each, 00:00 to 23:59.
[[nodiscard]] std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);
[[nodiscard]] std::string to_time_of_day(std::chrono::minutes since_midnight);

/// Choice: nothing that Dibs is told lasts longer, and sums of such durations fit any clock.
inline constexpr std::chrono::days duration_max{36'525};

/// A whole number and a unit: `90s`, `15m`, `1h`, `7d`. Longer than nothing, and no longer than
/// `duration_max`.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// A moment: RFC 3339, or `now`, or a duration from now such as `+7d`.
[[nodiscard]] std::optional<base::Instant> parse_moment(std::string_view text, base::Instant now);

/// Whether `url` names a store: `sqlite:PATH`, or `postgresql://` (also `postgres://`) and an
/// address; several of those, with a space between each two, are the servers of one store.
[[nodiscard]] bool is_store_url(std::string_view url);
[[nodiscard]] bool is_sqlite_url(std::string_view url);

/// The file of a SQLite store.
[[nodiscard]] std::string file_of_sqlite(std::string_view url);

/// The file that holds a store's own secret: beside its database, or in the folder that the process
/// was started in if the store is no file.
[[nodiscard]] std::string key_file_of(std::string_view store_url);

/// The text, a store's URL, several of them, or what was meant to be one, to be shown: with its
/// passwords (before `@`, and behind `password=`) replaced by `****`.
[[nodiscard]] std::string mask_passwords(std::string_view text);

/// The text in double quotes, as JSON and TOML both write it.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace dibs::app
