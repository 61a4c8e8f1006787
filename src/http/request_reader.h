#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "http/header_parser.h"
#include "http/message.h"
#include "http/refusal.h"

namespace dibs::http {

/// Reads one request after another from a connection's bytes: header, then as much body as
/// Content-Length says. Pure: knows no socket and no time. The request's memory is used again for
/// the next.
class RequestReader {
public:
    enum class Stage : std::uint8_t {
        start,     ///< Nothing of the request has arrived.
        header,    ///< The header is on its way.
        body,      ///< The header is good; the body is on its way.
        complete,  ///< The request can be answered. `begin_next` leads back to the start.
        refused,   ///< It is not, or no acceptable, request. Nothing more can be read.
    };

    RequestReader(std::size_t header_size_max_bytes, std::size_t body_size_max_bytes);

    /// Takes what belongs to this request off the front of `bytes` and says how much that was. What
    /// it leaves must be given again, with more behind it.
    std::size_t take(std::string_view bytes);

    /// Makes ready for the next request.
    void begin_next();

    /// Refuses the request that was being read, for a reason that its bytes don't show.
    void refuse(Refusal refusal);

    [[nodiscard]] Stage stage() const { return stage_; }
    [[nodiscard]] Request& request() { return request_; }
    /// Why the stage is `refused`.
    [[nodiscard]] const Refusal& refusal() const { return refusal_; }
    [[nodiscard]] bool is_http_1_0() const { return parser_->is_http_1_0(); }
    /// Whether the client holds its body back until it is told to go on.
    [[nodiscard]] bool awaits_continue() const;

private:
    std::size_t take_header(std::string_view bytes);
    std::size_t take_body(std::string_view bytes);
    void finish_header();

    const std::size_t header_size_max_bytes_;
    const std::size_t body_size_max_bytes_;
    Request request_;
    std::vector<Field> spare_;
    std::optional<HeaderParser> parser_;
    Refusal refusal_{RefusalKind::malformed, {}};
    Stage stage_ = Stage::start;
    std::size_t header_size_bytes_ = 0;
    bool was_empty_line_skipped_ = false;
};

}  // namespace dibs::http
