#pragma once

#include <cstdint>
#include <string_view>

#include "http/problem.h"

namespace dibs::http {

/// Why the HTTP layer answers by itself, without asking a handler.
enum class RefusalKind : std::uint8_t {
    malformed,              ///< 400: what arrived is not a request, or could be read as two.
    timed_out,              ///< 408: it took too long to arrive.
    payload_too_large,      ///< 413: the body is over the limit.
    uri_too_long,           ///< 414: the target is over the limit.
    expectation_failed,     ///< 417: `Expect` asks for what is not known here.
    header_too_large,       ///< 431: the header is over the limit.
    not_implemented,        ///< 501: a chunked body, or CONNECT.
    version_not_supported,  ///< 505: neither HTTP/1.0 nor HTTP/1.1.
    overloaded,             ///< 503: over the maximum of connections.
};

/// A refusal and the sentence that tells its sender what was wrong. `detail` is a literal.
struct Refusal {
    RefusalKind kind;
    std::string_view detail;
};

/// The answer to a refused request. It closes the connection: after bytes that were not understood,
/// no one can say where the next request begins.
[[nodiscard]] Response to_response(const Refusal& refusal);

}  // namespace dibs::http
