#include "http/response_writer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <iterator>

namespace dibs::http {

namespace {

/// RFC 9110 section 15; the status codes that this project answers with.
std::string_view reason_of(unsigned status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 422: return "Unprocessable Content";
        case 428: return "Precondition Required";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "";  // The reason may be empty (RFC 9112 section 4).
    }
}

template <typename Integer>
void append_number(std::string& out, Integer number, int base = 10) {
    std::array<char, 20> digits;
    const auto [end, error] =
        std::to_chars(digits.data(), digits.data() + digits.size(), number, base);
    out.append(digits.data(), end);
}

bool is_forbidden_in_value(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

/// A control character in a value would let whoever chose the value write header fields of their
/// own; RFC 9110 section 5.5 says to put a space in its place.
void append_value(std::string& out, std::string_view value) {
    for (const char c : value) out += is_forbidden_in_value(c) ? ' ' : c;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    append_value(out, value);
    out += "\r\n";
}

/// RFC 9110 section 8.6: where there can be no body, there is no length.
bool may_have_body(unsigned status) {
    return status >= 200 && status != 204 && status != 304;
}

}  // namespace

BodyFraming framing_of(const Response& response, const AnswerContext& context) {
    if (!response.stream || !may_have_body(response.status)) return BodyFraming::content_length;
    return context.is_http_1_0 ? BodyFraming::until_close : BodyFraming::chunked;
}

void append_response(std::string& out, const Response& response, const AnswerContext& context,
                     std::string_view date) {
    out += "HTTP/1.1 ";
    append_number(out, response.status);
    out += ' ';
    out += reason_of(response.status);
    out += "\r\nDate: ";
    out += date;
    out += "\r\n";
    if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
    for (const Field& field : response.fields) append_field(out, field.name, field.value);
    // RFC 9112 section 9.3: staying is what HTTP/1.1 does unless told, leaving what HTTP/1.0 does.
    if (!context.keeps_alive) {
        out += "Connection: close\r\n";
    } else if (context.is_http_1_0) {
        out += "Connection: keep-alive\r\n";
    }
    const BodyFraming framing = framing_of(response, context);
    if (framing == BodyFraming::chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    } else if (framing == BodyFraming::content_length && may_have_body(response.status)) {
        out += "Content-Length: ";
        append_number(out, response.body.size());
        out += "\r\n";
    }
    out += "\r\n";
    if (framing == BodyFraming::content_length && may_have_body(response.status) &&
        !context.is_head) {
        out += response.body;
    }
}

void append_piece(std::string& out, std::string_view piece, BodyFraming framing) {
    if (piece.empty()) return;
    if (framing != BodyFraming::chunked) {
        out += piece;
        return;
    }
    append_number(out, piece.size(), 16);
    out += "\r\n";
    out += piece;
    out += "\r\n";
}

void append_end(std::string& out, BodyFraming framing) {
    if (framing == BodyFraming::chunked) out += "0\r\n\r\n";
}

std::string to_http_date(base::Instant instant) {
    constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed",
                                                        "Thu", "Fri", "Sat"};
    constexpr std::array<std::string_view, 12> month_names{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(instant - day));
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        day_names[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
        month_names[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace dibs::http
