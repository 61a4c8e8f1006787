#include "http/message.h"

#include <algorithm>

#include "http/percent.h"

namespace dibs::http {

std::optional<std::string_view> Request::field(std::string_view lower_case_name) const {
    for (const Field& field : fields) {
        if (field.name == lower_case_name) return field.value;
    }
    return std::nullopt;
}

std::size_t Request::field_count(std::string_view lower_case_name) const {
    return static_cast<std::size_t>(
        std::count_if(fields.begin(), fields.end(),
                      [&](const Field& field) { return field.name == lower_case_name; }));
}

std::optional<std::string> Request::query_parameter(std::string_view name) const {
    std::string_view rest = query;
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const std::size_t equals = std::min(pair.find('='), pair.size());
        if (decode_query_component(pair.substr(0, equals)) != name) continue;
        return decode_query_component(pair.substr(std::min(pair.size(), equals + 1)));
    }
    return std::nullopt;
}

}  // namespace dibs::http
