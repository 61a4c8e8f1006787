#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace dibs::controller {

/// Where a request belongs in somebody's distributed trace (W3C Trace Context, section 3.2).
struct TraceParent {
    std::string trace_id;  ///< 32 hexadecimal digits.
    std::string flags;     ///< 2 hexadecimal digits.
};

/// Reads a `traceparent`. Nothing if it is malformed, for then a trace is to be started anew.
[[nodiscard]] std::optional<TraceParent> parse_traceparent(std::string_view text);

/// The last touch to every answer: passes the caller's trace on, as a child of theirs; and gives a
/// failure (5xx) an id, which the answer carries as `X-Request-Id` and the log beside what
/// happened, so that a customer's complaint finds its line. Where the caller brought a trace, its
/// id is that id.
void finish_answer(const http::Request& request, http::Response& response);

}  // namespace dibs::controller
