#include "rehearsal/answer.h"

#include <algorithm>
#include <optional>

#include "base/number.h"

namespace dibs::rehearsal {

namespace {

constexpr std::string_view version = "HTTP/1.1 ";
constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";
// choice: what answers a customer is far smaller; beyond this something else is at the other end.
constexpr std::size_t head_size_max_bytes = 16 * 1024;
constexpr std::size_t body_size_max_bytes = 1024 * 1024;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same_word(std::string_view text, std::string_view lower_case_word) {
    return text.size() == lower_case_word.size() &&
           std::ranges::equal(text, lower_case_word, {}, lower);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// What the header fields say about the answer's frame.
struct Head {
    std::optional<std::size_t> content_length;
    bool keeps_alive = true;
    bool is_replayed = false;
};

/// Takes one field in; false if the answer can't be read because of it.
bool take_field(Head& head, std::string_view name, std::string_view value) {
    // The lengths differ, so most fields cost one comparison of a number.
    if (is_same_word(name, "content-length")) {
        const auto length = base::parse_integer<std::size_t>(value);
        if (!length || *length > body_size_max_bytes || head.content_length) return false;
        head.content_length = length;
    } else if (is_same_word(name, "connection")) {
        if (is_same_word(value, "close")) head.keeps_alive = false;
    } else if (is_same_word(name, "idempotent-replayed")) {
        head.is_replayed = value == "true";
    } else if (is_same_word(name, "transfer-encoding")) {
        return false;
    }
    return true;
}

std::optional<Head> read_head(std::string_view lines) {
    Head head;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find(line_end), lines.size());
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + line_end.size(), lines.size()));
        const std::size_t colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos) return std::nullopt;
        const std::string_view name = line.substr(0, colon);
        if (name.contains(' ') || name.contains('\t')) return std::nullopt;
        if (!take_field(head, name, trimmed(line.substr(colon + 1)))) return std::nullopt;
    }
    return head;
}

/// The status of `HTTP/1.1 201 Created`; an interim one (1xx) is not an answer.
std::optional<unsigned> read_status(std::string_view line) {
    constexpr std::size_t status_end = version.size() + 3;
    if (!line.starts_with(version) || line.size() < status_end) return std::nullopt;
    if (line.size() > status_end && line[status_end] != ' ') return std::nullopt;
    const auto status = base::parse_integer<unsigned>(line.substr(version.size(), 3));
    if (!status || *status < 200 || *status > 599) return std::nullopt;
    return status;
}

}  // namespace

Answer read_answer(std::string_view bytes) {
    const Answer malformed;
    Answer partial;
    partial.form = AnswerForm::partial;

    const std::size_t seen = std::min(bytes.size(), version.size());
    if (bytes.substr(0, seen) != version.substr(0, seen)) return malformed;
    const std::size_t head_size = bytes.find(head_end);
    if (head_size == std::string_view::npos) {
        return bytes.size() > head_size_max_bytes ? malformed : partial;
    }
    const std::size_t first_line = bytes.find(line_end);
    const auto status = read_status(bytes.substr(0, first_line));
    // Without any field the first line's end is the head's.
    const std::size_t fields_begin = std::min(first_line + line_end.size(), head_size);
    const auto head = read_head(bytes.substr(fields_begin, head_size - fields_begin));
    if (!status || !head) return malformed;

    // These two never have a body (RFC 9110 sections 15.3.5 and 15.4.5).
    const bool has_body = *status != 204 && *status != 304;
    if (has_body && !head->content_length) return malformed;
    const std::size_t body_size = has_body ? *head->content_length : 0;
    const std::size_t body_begin = head_size + head_end.size();
    if (bytes.size() < body_begin + body_size) return partial;
    if (bytes.size() > body_begin + body_size) return malformed;

    Answer answer;
    answer.form = AnswerForm::whole;
    answer.status = *status;
    answer.body = bytes.substr(body_begin);
    answer.keeps_alive = head->keeps_alive;
    answer.is_replayed = head->is_replayed;
    return answer;
}

}  // namespace dibs::rehearsal
