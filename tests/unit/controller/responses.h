#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "http/message.h"

namespace dibs::controller {

/// The value of a response's field; empty if it has none of that name.
[[nodiscard]] inline std::string field_of(const http::Response& response, std::string_view name) {
    const auto found = std::ranges::find(response.fields, name, &http::Field::name);
    return found == response.fields.end() ? "" : found->value;
}

/// The body of a response, which must be a JSON object.
[[nodiscard]] inline boost::json::object body_of(const http::Response& response) {
    return boost::json::parse(response.body).as_object();
}

}  // namespace dibs::controller
