#include "http/accept.h"

#include <algorithm>
#include <utility>

namespace dibs::http {

namespace {

constexpr int weight_max = 1000;

std::string_view without_spaces(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

bool is_spelled(std::string_view text, std::string_view lower_case) {
    return std::ranges::equal(text, lower_case, [](char one, char other) {
        return (one >= 'A' && one <= 'Z' ? static_cast<char>(one - 'A' + 'a') : one) == other;
    });
}

/// What stands before `end`, which is taken off with it.
std::string_view take_until(std::string_view& rest, char end) {
    const std::string_view part = rest.substr(0, rest.find(end));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return without_spaces(part);
}

/// `0.25` as 250; nothing if it is no weight: 0 to 1, with up to three digits behind the point.
std::optional<int> parse_weight(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    int weight = (text[0] - '0') * weight_max;
    int unit = weight_max / 10;
    for (const char digit : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (digit < '0' || digit > '9') return std::nullopt;
        weight += (digit - '0') * unit;
        unit /= 10;
    }
    return weight <= weight_max ? std::optional(weight) : std::nullopt;
}

/// The weight among a range's parameters; nothing if there is one that makes no sense.
std::optional<int> weight_among(std::string_view parameters) {
    while (!parameters.empty()) {
        std::string_view value = take_until(parameters, ';');
        const std::string_view name = take_until(value, '=');
        if (is_spelled(name, "q")) return parse_weight(without_spaces(value));
    }
    return weight_max;
}

}  // namespace

std::optional<int> accepted_weight(const Request& request, std::string_view lower_case_type) {
    std::optional<int> weight;
    for (const Field& field : request.fields) {
        if (field.name != "accept") continue;
        std::string_view ranges = field.value;
        while (!ranges.empty()) {
            std::string_view parameters = take_until(ranges, ',');
            if (!is_spelled(take_until(parameters, ';'), lower_case_type)) continue;
            weight = std::max(weight, weight_among(parameters));
        }
    }
    return weight;
}

}  // namespace dibs::http
