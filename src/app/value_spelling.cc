#include "app/value_spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/number.h"

namespace dibs::app {

namespace {

constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";
constexpr std::string_view http_scheme = "http://";
constexpr std::string_view sqlite_scheme = "sqlite:";
constexpr auto postgres_schemes = std::to_array<std::string_view>({"postgresql://", "postgres://"});

constexpr std::string_view password_word = "password";

// RFC 9110 section 4.2.1.
constexpr std::uint16_t http_port = 80;

// A server's database is no place for a file; the folder that a service is started in is where the
// embedded store's key lies by default, too.
constexpr std::string_view key_file_of_server_stores = "./dibs.key";

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// A host's name or IPv4 address, as far as its characters tell.
bool is_host_name(std::string_view host) {
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
        return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
    });
}

/// An IPv6 address, as far as its characters tell; it may name an interface after `%`.
bool is_ipv6_address(std::string_view host) {
    const std::string_view address = host.substr(0, host.find('%'));
    const std::string_view interface = host.substr(address.size());
    return address.find(':') != std::string_view::npos &&
           address.find_first_not_of(std::string(hexadecimal) + ":.") == std::string_view::npos &&
           (interface.empty() || is_host_name(interface.substr(1)));
}

/// The host before the port, its brackets taken off; nothing if it is none.
std::optional<std::string> parse_host(std::string_view text) {
    if (text.starts_with('[')) {
        if (!text.ends_with(']')) return std::nullopt;
        const std::string_view address = text.substr(1, text.size() - 2);
        if (!is_ipv6_address(address)) return std::nullopt;
        return std::string(address);
    }
    if (!is_host_name(text)) return std::nullopt;
    return std::string(text);
}

/// The text between `start` and `end` replaced by asterisks, as many whatever is hidden.
std::string masked(std::string_view text, std::size_t start, std::size_t end) {
    return std::string(text.substr(0, start)) + "****" + std::string(text.substr(end));
}

/// One server's URL.
bool is_postgres_url(std::string_view url) {
    return std::ranges::any_of(postgres_schemes, [&](std::string_view scheme) {
        return url.starts_with(scheme) && url.size() > scheme.size();
    });
}

/// Where the next URL of a list begins; the end of the text if there is none. A space alone is no
/// boundary: somebody's password may hold one.
std::size_t find_next_url(std::string_view text) {
    std::size_t next = text.size();
    for (const std::string_view scheme : postgres_schemes) {
        next = std::min(next, text.find(" " + std::string(scheme)));
    }
    return next;
}

// What is mistyped is shown in complaints, so what only resembles a URL is masked as well: without
// its scheme, or in the form of libpq's words (`host=db password=…`).
std::string mask_passwords_of_one(std::string_view text) {
    std::string shown(text);
    if (is_sqlite_url(text)) return shown;
    const std::size_t scheme_end = shown.find("://");
    const bool is_url = scheme_end != std::string::npos;
    const std::size_t authority = is_url ? scheme_end + 3 : 0;
    // The last @ of all ends the user's part: a password may hold an @ or / that nobody escaped.
    // Where a later @ belongs to something else, too much is hidden, never too little.
    const std::size_t at = shown.rfind('@');
    if (at != std::string::npos && at >= authority) {
        const std::size_t colon = shown.find(':', authority);
        if (colon < at) shown = masked(shown, colon + 1, at);
    }
    // libpq takes passwords as parameters too: password, sslpassword.
    std::size_t found = shown.find(password_word, authority);
    while (found != std::string::npos) {
        const std::size_t equals = shown.find('=', found);
        if (equals == std::string::npos) break;
        // Between words there is no end that a password in quotes couldn't hold.
        const std::size_t end =
            is_url ? std::min(shown.find('&', equals), shown.size()) : shown.size();
        shown = masked(shown, equals + 1, end);
        found = shown.find(password_word, equals);
    }
    return shown;
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::optional<std::string> host = parse_host(text.substr(0, colon));
    const auto port = base::parse_integer<std::uint16_t>(text.substr(colon + 1));
    if (!host || !port) return std::nullopt;
    return Endpoint{.host = *std::move(host), .port = *port};
}

std::string to_text(const Endpoint& endpoint) {
    const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
    return is_ipv6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                   : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

std::optional<Endpoint> parse_http_address(std::string_view text) {
    if (!text.starts_with(http_scheme)) return std::nullopt;
    text.remove_prefix(http_scheme.size());
    if (text.ends_with('/')) text.remove_suffix(1);
    if (std::optional<Endpoint> endpoint = parse_endpoint(text)) {
        // A port of 0 can be listened on, but nobody is reached there.
        if (endpoint->port == 0) return std::nullopt;
        return endpoint;
    }
    std::optional<std::string> host = parse_host(text);
    if (!host) return std::nullopt;
    return Endpoint{.host = *std::move(host), .port = http_port};
}

std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = base::parse_integer<unsigned>(text.substr(0, 2));
    const auto minute = base::parse_integer<unsigned>(text.substr(3));
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute);
}

std::string to_time_of_day(std::chrono::minutes since_midnight) {
    return fmt::format("{:02}:{:02}", since_midnight.count() / 60, since_midnight.count() % 60);
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::chrono::seconds unit{0};
    switch (text.back()) {
        case 's': unit = std::chrono::seconds(1); break;
        case 'm': unit = std::chrono::minutes(1); break;
        case 'h': unit = std::chrono::hours(1); break;
        case 'd': unit = std::chrono::days(1); break;
        default: return std::nullopt;
    }
    const auto count = base::parse_integer<std::int64_t>(text.substr(0, text.size() - 1));
    if (!count || *count < 1 || *count > duration_max / unit) return std::nullopt;
    return *count * unit;
}

std::optional<base::Instant> parse_moment(std::string_view text, base::Instant now) {
    if (text == "now") return now;
    if (!text.starts_with('+')) return base::parse_rfc3339(text);
    const std::optional<std::chrono::seconds> ahead = parse_duration(text.substr(1));
    if (!ahead || *ahead > base::latest_instant() - now) return std::nullopt;
    return now + *ahead;
}

bool is_sqlite_url(std::string_view url) {
    return url.starts_with(sqlite_scheme) && url.size() > sqlite_scheme.size();
}

bool is_store_url(std::string_view url) {
    if (is_sqlite_url(url)) return url.find('\0') == std::string_view::npos;
    while (true) {
        const std::size_t space = url.find(' ');
        if (!is_postgres_url(url.substr(0, space))) return false;
        if (space == std::string_view::npos) return true;
        url.remove_prefix(space + 1);
    }
}

std::string file_of_sqlite(std::string_view url) {
    return std::string(url.substr(sqlite_scheme.size()));
}

std::string key_file_of(std::string_view store_url) {
    if (!is_sqlite_url(store_url)) return std::string(key_file_of_server_stores);
    return file_of_sqlite(store_url) + ".key";
}

std::string mask_passwords(std::string_view url) {
    const std::size_t next = find_next_url(url);
    std::string shown = mask_passwords_of_one(url.substr(0, next));
    if (next < url.size()) shown += " " + mask_passwords(url.substr(next + 1));
    return shown;
}

std::string in_quotes(std::string_view text) {
    std::string out;
    base::log::append_json_string(out, text);
    return out;
}

}  // namespace dibs::app
