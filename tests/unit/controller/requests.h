#pragma once

#include <string>
#include <utility>
#include <vector>

#include "http/message.h"

namespace dibs::controller {

/// A request as it reaches a controller, with these fields (names in lower case) and this query.
[[nodiscard]] inline http::Request request_with(std::vector<http::Field> fields,
                                                std::string query = {}) {
    http::Request request;
    request.method = http::Method::get;
    request.method_name = "GET";
    request.path = "/";
    request.query = std::move(query);
    request.fields = std::move(fields);
    return request;
}
[[nodiscard]] inline http::Request request_asking(std::string query) {
    return request_with({}, std::move(query));
}

}  // namespace dibs::controller
