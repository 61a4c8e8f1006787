#include "app/option_reader.h"

#include <fmt/format.h>

#include <utility>

#include "base/number.h"
#include "identity/caller.h"

namespace dibs::app {

OptionReader::OptionReader(Texts given, Texts defaults, base::Instant now)
    : given_(std::move(given)), defaults_(std::move(defaults)), now_(now) {}

bool OptionReader::has(std::string_view name) const {
    return given_.contains(name);
}

std::optional<std::string> OptionReader::text(std::string_view name) const {
    const auto found = given_.find(name);
    if (found != given_.end()) return found->second;
    const auto by_default = defaults_.find(name);
    if (by_default != defaults_.end()) return by_default->second;
    return std::nullopt;
}

std::optional<std::int64_t> OptionReader::whole_number(std::string_view name, std::int64_t min,
                                                       std::int64_t max) {
    const std::optional<std::string> given = text(name);
    if (!given) return std::nullopt;
    const auto number = base::parse_integer<std::int64_t>(*given);
    if (number && *number >= min && *number <= max) return number;
    complain_about(name, fmt::format("a whole number from {} to {}", min, max));
    return std::nullopt;
}

std::size_t OptionReader::count(std::string_view name, std::size_t min, std::size_t max) {
    const auto number =
        whole_number(name, static_cast<std::int64_t>(min), static_cast<std::int64_t>(max));
    return static_cast<std::size_t>(number.value_or(0));
}

std::int64_t OptionReader::coupon_id(std::string_view name) {
    const auto id = base::parse_integer<std::int64_t>(text(name).value_or(""));
    if (id && *id > 0) return *id;
    complain_about(name, "a coupon's id, a whole number above 0");
    return 0;
}

Endpoint OptionReader::endpoint(std::string_view name) {
    std::optional<Endpoint> endpoint = parse_endpoint(text(name).value_or(""));
    if (!endpoint) complain_about(name, "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080");
    return endpoint.value_or(Endpoint());
}

Endpoint OptionReader::http_address(std::string_view name) {
    std::optional<Endpoint> endpoint = parse_http_address(text(name).value_or(""));
    if (!endpoint) complain_about(name, "an address such as http://127.0.0.1:8080");
    return endpoint.value_or(Endpoint());
}

std::vector<Endpoint> OptionReader::http_addresses(std::string_view name) {
    std::vector<Endpoint> endpoints;
    const std::string all = text(name).value_or("");
    std::string_view rest = all;
    while (true) {
        const std::size_t comma = rest.find(',');
        const std::optional<Endpoint> endpoint = parse_http_address(rest.substr(0, comma));
        if (!endpoint) {
            complain_about(name, "an address such as http://127.0.0.1:8080, or several");
            return {};
        }
        endpoints.push_back(*endpoint);
        if (comma == std::string_view::npos) return endpoints;
        rest.remove_prefix(comma + 1);
    }
}

std::optional<std::chrono::seconds> OptionReader::duration(std::string_view name) {
    const std::optional<std::string> given = text(name);
    if (!given) return std::nullopt;
    const auto duration = parse_duration(*given);
    if (!duration) {
        complain_about(name, fmt::format("a duration from 1s to {}d, such as 90s, 15m, 1h or 7d",
                                         duration_max.count()));
    }
    return duration;
}

std::optional<base::Instant> OptionReader::moment(std::string_view name) {
    const std::optional<std::string> given = text(name);
    if (!given) return std::nullopt;
    const auto moment = parse_moment(*given, now_);
    if (!moment) {
        const auto missing_day = base::find_missing_day(*given);
        complain_about(name, fmt::format("a moment such as 2026-11-27T12:00:00+09:00, now or +7d{}",
                                         missing_day ? fmt::format("; there is no {}", *missing_day)
                                                     : std::string()));
    }
    return moment;
}

std::string OptionReader::user(std::string_view name) {
    std::string user = text(name).value_or("");
    if (!identity::is_user(user)) {
        complain_about(name, "a user: 1 to 128 bytes of printable ASCII without outer spaces");
    }
    return user;
}

void OptionReader::complain(std::string complaint) {
    if (!complaint_) complaint_ = std::move(complaint);
}

void OptionReader::complain_about(std::string_view name, std::string_view expected) {
    const bool is_positional = !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
    complain(fmt::format("{}{} (from the command line): {} is not {}", is_positional ? "" : "--",
                         name, in_quotes(mask_passwords(text(name).value_or(""))), expected));
}

}  // namespace dibs::app
