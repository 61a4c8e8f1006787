#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dibs::http {

/// `text` with its percent-escapes decoded (RFC 3986 section 2.1). Nothing if an escape is
/// malformed.
[[nodiscard]] std::optional<std::string> decode_percent(std::string_view text);

/// The same for a query's names and values, where `+` stands for a space (WHATWG URL,
/// application/x-www-form-urlencoded).
[[nodiscard]] std::optional<std::string> decode_query_component(std::string_view text);

}  // namespace dibs::http
