#include "http/request_reader.h"

#include <utility>

namespace dibs::http {

namespace {

// Choice: what a connection may keep from one request to the next. Requests of this service have
// about ten fields, a token of at most a kilobyte, and bodies of a few hundred bytes; the memory of
// an unusual one shall not stay for the connection's life.
constexpr std::size_t kept_text_max_bytes = 1024;
constexpr std::size_t kept_fields_max = 24;

void clear(std::string& text) {
    text.clear();
    if (text.capacity() > kept_text_max_bytes) text.shrink_to_fit();
}

}  // namespace

RequestReader::RequestReader(std::size_t header_size_max_bytes, std::size_t body_size_max_bytes)
    : header_size_max_bytes_(header_size_max_bytes), body_size_max_bytes_(body_size_max_bytes) {
    begin_next();
}

void RequestReader::begin_next() {
    // Back to front, so that each field of the next request finds the strings of the same one.
    while (!request_.fields.empty()) {
        const Field& field = request_.fields.back();
        if (spare_.size() < kept_fields_max && field.value.capacity() <= kept_text_max_bytes) {
            spare_.push_back(std::move(request_.fields.back()));
        }
        request_.fields.pop_back();
    }
    request_.method = Method::other;
    clear(request_.method_name);
    clear(request_.path);
    clear(request_.query);
    clear(request_.body);
    request_.may_keep_alive = false;
    parser_.emplace(request_, spare_);
    parser_->header_limit(static_cast<std::uint32_t>(header_size_max_bytes_) + 1);
    stage_ = Stage::start;
    header_size_bytes_ = 0;
    was_empty_line_skipped_ = false;
}

std::size_t RequestReader::take(std::string_view bytes) {
    std::size_t taken = 0;
    if (stage_ == Stage::start) {
        // RFC 9112 section 2.2: an empty line before a request is ignored, for old clients that
        // send one after a body.
        if (!was_empty_line_skipped_ && bytes == "\r") return 0;
        if (!was_empty_line_skipped_ && bytes.starts_with("\r\n")) {
            was_empty_line_skipped_ = true;
            taken = 2;
        }
        if (bytes.size() == taken) return taken;
        stage_ = Stage::header;
    }
    if (stage_ == Stage::header) taken += take_header(bytes.substr(taken));
    if (stage_ == Stage::body) taken += take_body(bytes.substr(taken));
    return taken;
}

std::size_t RequestReader::take_header(std::string_view bytes) {
    const std::size_t taken = parser_->take(bytes);
    header_size_bytes_ += taken;
    if (parser_->refusal()) {
        refuse(*parser_->refusal());
        return taken;
    }
    const std::size_t unread = parser_->is_complete() ? 0 : bytes.size() - taken;
    if (header_size_bytes_ + unread > header_size_max_bytes_) {
        if (parser_->has_request_line()) {
            refuse({RefusalKind::header_too_large, "The header is too large."});
        } else {
            refuse({RefusalKind::uri_too_long, "The request line is too long."});
        }
    } else if (parser_->is_complete()) {
        finish_header();
    }
    return taken;
}

void RequestReader::finish_header() {
    const std::uint64_t length = parser_->content_length_bytes();
    if (length > body_size_max_bytes_) {
        refuse({RefusalKind::payload_too_large, "The body is too large."});
    } else {
        stage_ = length == 0 ? Stage::complete : Stage::body;
    }
}

std::size_t RequestReader::take_body(std::string_view bytes) {
    const auto missing =
        static_cast<std::size_t>(parser_->content_length_bytes()) - request_.body.size();
    const std::string_view part = bytes.substr(0, missing);
    request_.body.append(part);
    if (part.size() == missing) stage_ = Stage::complete;
    return part.size();
}

void RequestReader::refuse(Refusal refusal) {
    refusal_ = refusal;
    stage_ = Stage::refused;
}

bool RequestReader::awaits_continue() const {
    return stage_ == Stage::body && request_.body.empty() && parser_->expects_continue();
}

}  // namespace dibs::http
