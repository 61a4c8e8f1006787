#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace dibs::http {

/// What went wrong with a request, as RFC 9457 puts it. `code` is this project's extension member:
/// the short, stable word that programs compare; `type` is `/problems/` followed by it.
struct Problem {
    unsigned status;
    std::string_view code;
    std::string_view title;
    std::string detail;
};

/// An `application/problem+json` response.
[[nodiscard]] Response to_response(const Problem& problem);

/// The same body as text: `{"type":…,"title":…,"status":…,"detail":…,"code":…` with no closing
/// brace, for those who add members of their own.
[[nodiscard]] std::string open_problem_json(const Problem& problem);

}  // namespace dibs::http
