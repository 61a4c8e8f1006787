#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "http/message.h"

namespace dibs::http {

/// How a client learns where an answer's body ends (RFC 9112 section 6).
enum class BodyFraming : std::uint8_t {
    content_length,  ///< Its length stands in the header.
    chunked,         ///< It comes in chunks.
    until_close,     ///< The connection's end is its end: for streams to HTTP/1.0.
};

/// What the writer must know beside the response itself.
struct AnswerContext {
    bool is_head = false;  ///< The header is that of GET; the body is left out.
    bool is_http_1_0 = false;
    bool keeps_alive = true;
};

/// The framing of `response` for that client.
[[nodiscard]] BodyFraming framing_of(const Response& response, const AnswerContext& context);

/// Appends status line and header, and the body if it is not a stream. `date` is the Date field's
/// value.
void append_response(std::string& out, const Response& response, const AnswerContext& context,
                     std::string_view date);

/// Appends one piece of a streamed body. An empty piece adds nothing: in chunks, it would mean the
/// end.
void append_piece(std::string& out, std::string_view piece, BodyFraming framing);
/// Appends the end of a streamed body.
void append_end(std::string& out, BodyFraming framing);

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
[[nodiscard]] std::string to_http_date(base::Instant instant);

}  // namespace dibs::http
