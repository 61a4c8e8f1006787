#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dibs::rehearsal {

/// How far the bytes that arrived make an answer.
enum class AnswerForm : std::uint8_t {
    partial,    ///< The beginning of one; more must come.
    whole,      ///< One answer, and nothing after it.
    malformed,  ///< Not an HTTP/1.1 answer with a Content-Length, or with bytes after its end.
};

/// An HTTP/1.1 answer. `body` points into the bytes that were read.
struct Answer {
    AnswerForm form = AnswerForm::malformed;
    unsigned status = 0;
    std::string_view body;
    bool keeps_alive = true;
    bool is_replayed = false;  ///< `Idempotent-Replayed: true`.
};

/// Reads the one answer that a connection owes (RFC 9112). Strict: no other version, no
/// Transfer-Encoding, no interim answers, exactly one Content-Length unless the status has no body.
[[nodiscard]] Answer read_answer(std::string_view bytes);

}  // namespace dibs::rehearsal
