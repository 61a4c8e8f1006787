#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/instant.h"

namespace dibs::http {

/// The methods that a route can be declared for; every other token is `other`, whose spelling the
/// request keeps in `method_name`.
enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
inline constexpr std::size_t method_count = 8;

/// A header field, its name in lower case.
struct Field {
    std::string name;
    std::string value;
};

/// A request as it arrived, whole. It lives until its `Reply` was sent and belongs to one thread.
struct Request {
    Method method = Method::other;
    std::string method_name;
    std::string path;   ///< The target's path, not decoded: `/api/v1/coupons/42`.
    std::string query;  ///< What follows `?`, not decoded; empty if there is none.
    std::vector<Field> fields;
    std::string body;
    bool may_keep_alive = true;
    base::Instant arrived_at;                 ///< When the last byte arrived.
    base::SteadyInstant arrived_at_steady{};  ///< The same moment, for deadlines and durations.

    /// The first field of that name (given in lower case), if there is one.
    [[nodiscard]] std::optional<std::string_view> field(std::string_view lower_case_name) const;
    /// How many fields of that name there are.
    [[nodiscard]] std::size_t field_count(std::string_view lower_case_name) const;
    /// The value of a query parameter, percent-decoded (RFC 3986) and `+` read as a space; the
    /// first if it is repeated. Nothing if it is absent or its escape is malformed.
    [[nodiscard]] std::optional<std::string> query_parameter(std::string_view name) const;
};

/// One piece of a streamed body, or its end.
struct Chunk {
    std::string bytes;
    bool is_last = false;
    bool is_failed = false;  ///< The source broke: the connection is cut, so that nobody takes a
                             ///< part for the whole.
};

/// Takes the next piece of a streamed body. Call it once per request for a piece; any thread may
/// call.
using TakeChunk = std::move_only_function<void(Chunk)>;

/// Asked for the next piece whenever the client has taken the one before: what is in flight is
/// bounded by one chunk. Called on the connection's own thread; must not block.
using NextChunk = std::move_only_function<void(TakeChunk)>;

/// What is answered. Length, Date, Connection and framing are the server's business.
struct Response {
    unsigned status = 200;
    std::string content_type;  ///< Empty: no Content-Type (and then no body).
    std::vector<Field> fields;
    std::string body;
    NextChunk stream;  ///< If set, the body is what this gives, chunked, and `body` is ignored.
    bool must_close = false;
    std::string note;  ///< What happened, for the log; it is not sent.
};

}  // namespace dibs::http
