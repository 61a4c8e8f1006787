#pragma once

#include <optional>
#include <string_view>

#include "http/message.h"

namespace dibs::http {

/// How much the request's Accept wants a media type that it names, in thousandths (RFC 9110 section
/// 12.4.2): 1000 where no weight is given, 0 where it must not be sent. Nothing if Accept doesn't
/// name it; ranges such as `*/*` name no type. `lower_case_type`: `text/csv`.
[[nodiscard]] std::optional<int> accepted_weight(const Request& request,
                                                 std::string_view lower_case_type);

}  // namespace dibs::http
