#include "http/header_parser.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <functional>
#include <utility>

#include "base/number.h"
#include "http/target.h"

namespace dibs::http {

namespace beast_http = boost::beast::http;

namespace {

// Choice: as many as Apache's LimitRequestFields; browsers behind proxies send about thirty.
constexpr std::size_t fields_max = 100;

// RFC 9110 section 4.1 recommends that at least 8000 octets be supported.
constexpr std::size_t target_size_max_bytes = 8000;

constexpr std::string_view framed_twice =
    "There are both a Content-Length and a Transfer-Encoding.";

std::string_view to_std(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                      [](char c, char wanted) { return to_lower(c) == wanted; });
}

std::string_view trim(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(" \t") + 1 - start);
}

/// Whether `chunked` is the last of these transfer codings, and no other one (RFC 9112
/// section 6.1). Places of a list that are empty don't count (RFC 9110 section 5.6.1).
bool ends_in_chunked(std::string_view codings) {
    bool is_last_chunked = false;
    while (!codings.empty()) {
        const std::size_t end = std::min(codings.find(','), codings.size());
        const std::string_view coding = trim(codings.substr(0, end));
        codings.remove_prefix(std::min(end + 1, codings.size()));
        if (coding.empty()) continue;
        if (is_last_chunked) return false;
        is_last_chunked = equals_ignoring_case(coding, "chunked");
    }
    return is_last_chunked;
}

Method to_method(beast_http::verb verb) {
    // Beast knows forty verbs, of which seven mean something here.
    if (verb == beast_http::verb::get) return Method::get;
    if (verb == beast_http::verb::head) return Method::head;
    if (verb == beast_http::verb::post) return Method::post;
    if (verb == beast_http::verb::put) return Method::put;
    if (verb == beast_http::verb::patch) return Method::patch;
    if (verb == beast_http::verb::delete_) return Method::delete_;
    if (verb == beast_http::verb::options) return Method::options;
    return Method::other;
}

/// Whether a request line that Beast finds no good version in has a well-formed one.
bool names_other_version(std::string_view request_line) {
    const std::size_t first_space = request_line.find(' ');
    if (first_space == std::string_view::npos) return false;
    const std::size_t second_space = request_line.find(' ', first_space + 1);
    if (second_space == std::string_view::npos) return false;
    const std::string_view version = request_line.substr(second_space + 1, 8);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
           version[6] == '.' && is_digit(version[7]) && version != "HTTP/1.0" &&
           version != "HTTP/1.1";
}

}  // namespace

HeaderParser::HeaderParser(Request& request, std::vector<Field>& spare)
    : request_(request), spare_(spare) {
    skip(true);
}

std::size_t HeaderParser::take(std::string_view bytes) {
    input_ = bytes;
    Error error;
    const std::size_t taken = put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    // The error first: with an error from `on_header_impl`, `is_done()` is already true.
    if (!error || error == beast_http::error::need_more || refusal_) return taken;
    if (error == beast_http::error::bad_version && names_other_version(bytes.substr(taken))) {
        refuse(error, RefusalKind::version_not_supported, "Use HTTP/1.1 or HTTP/1.0.");
    } else if (error == beast_http::error::bad_transfer_encoding) {
        refuse(error, RefusalKind::malformed,
               has_content_length_ ? framed_twice : "There is more than one Transfer-Encoding.");
    } else if (error == beast_http::error::bad_content_length) {
        refuse(error, RefusalKind::malformed,
               has_transfer_encoding_ ? framed_twice : "The Content-Length is not a number.");
    } else if (error == beast_http::error::multiple_content_length) {
        refuse(error, RefusalKind::malformed, "There is more than one Content-Length.");
    } else if (error == beast_http::error::header_limit && has_request_line_) {
        refuse(error, RefusalKind::header_too_large, "The header is too large.");
    } else if (error == beast_http::error::header_limit) {
        refuse(error, RefusalKind::uri_too_long, "The request line is too long.");
    } else if (!has_request_line_) {
        refuse(error, RefusalKind::malformed, "The request line is malformed.");
    } else {
        refuse(error, RefusalKind::malformed, "A header field is malformed.");
    }
    return taken;
}

void HeaderParser::on_request_impl(beast_http::verb verb, Text method, Text target, int version,
                                   Error& error) {
    has_request_line_ = true;
    is_http_1_0_ = version == 10;
    request_.method = to_method(verb);
    request_.method_name.assign(method.data(), method.size());
    if (verb == beast_http::verb::connect) {
        refuse(error, RefusalKind::not_implemented, "This is no proxy.");
    } else if (target.size() > target_size_max_bytes) {
        refuse(error, RefusalKind::uri_too_long, "The request target is too long.");
    } else {
        take_target(target, error);
    }
}

void HeaderParser::take_target(Text text, Error& error) {
    const std::optional<Target> target = split_target(request_.method, to_std(text));
    if (!target) {
        refuse(error, RefusalKind::malformed, "The request target is malformed.");
        return;
    }
    request_.path.assign(target->path);
    request_.query.assign(target->query);
    authority_.assign(target->authority);
}

void HeaderParser::on_field_impl(beast_http::field field, Text name, Text value, Error& error) {
    if (is_folded(to_std(name), to_std(value))) {
        refuse(error, RefusalKind::malformed, "A header field is folded over several lines.");
    } else if (request_.fields.size() == fields_max) {
        refuse(error, RefusalKind::header_too_large, "There are too many header fields.");
    } else if (field == beast_http::field::host) {
        take_host(to_std(value), error);
    } else if (field == beast_http::field::content_length) {
        take_content_length(to_std(value), error);
    } else if (field == beast_http::field::transfer_encoding) {
        has_transfer_encoding_ = true;
        transfer_codings_.append(to_std(value)).append(",");
    } else if (field == beast_http::field::expect) {
        take_expect(to_std(value), error);
    } else if (field == beast_http::field::connection) {
        must_close_ = must_close_ || beast_http::token_list(value).exists("close");
    }
    if (!error) keep_field(to_std(name), to_std(value));
}

void HeaderParser::take_host(std::string_view value, Error& error) {
    if (has_host_) {
        refuse(error, RefusalKind::malformed, "There is more than one Host.");
    } else if (!is_host(value)) {
        refuse(error, RefusalKind::malformed, "The Host is malformed.");
    }
    has_host_ = true;
}

void HeaderParser::take_content_length(std::string_view value, Error& error) {
    // Beast takes repeated and listed lengths as long as they agree; RFC 9112 section 6.3 allows to
    // refuse them, and then nobody in front can have picked another one.
    const auto length = base::parse_integer<std::uint64_t>(value);
    if (has_content_length_) {
        refuse(error, RefusalKind::malformed, "There is more than one Content-Length.");
    } else if (!length) {
        refuse(error, RefusalKind::malformed, "The Content-Length is not a number.");
    } else {
        content_length_bytes_ = *length;
    }
    has_content_length_ = true;
}

void HeaderParser::take_expect(std::string_view value, Error& error) {
    // RFC 9110 section 10.1.1: there is one expectation, and HTTP/1.0 has none.
    if (is_http_1_0_) return;
    if (equals_ignoring_case(value, "100-continue")) {
        expects_continue_ = true;
    } else {
        refuse(error, RefusalKind::expectation_failed, "Only 100-continue can be expected.");
    }
}

/// Every way of smuggling a request past a proxy that Beast 1.81 leaves open leads through this
/// field; no client of this service needs it. So it is refused, whatever it says: what is no
/// framing at all as malformed (RFC 9112 section 6.1 and 6.3), the rest as not implemented.
void HeaderParser::refuse_transfer_encoding(Error& error) {
    if (has_content_length_) {
        refuse(error, RefusalKind::malformed, framed_twice);
    } else if (is_http_1_0_) {
        refuse(error, RefusalKind::malformed, "HTTP/1.0 has no Transfer-Encoding.");
    } else if (!ends_in_chunked(transfer_codings_)) {
        refuse(error, RefusalKind::malformed, "The Transfer-Encoding leaves the body's end open.");
    } else {
        refuse(error, RefusalKind::not_implemented, "Send a Content-Length instead.");
    }
}

void HeaderParser::on_header_impl(Error& error) {
    // Beast lets HTTP/1.0's keep-alive win over close; RFC 9112 section 9.3 has it the other way.
    request_.may_keep_alive = keep_alive() && !must_close_;
    if (has_transfer_encoding_) {
        refuse_transfer_encoding(error);
        return;
    }
    if (!has_host_ && !is_http_1_0_) {
        refuse(error, RefusalKind::malformed, "The Host is missing.");
        return;
    }
    if (authority_.empty()) return;
    // RFC 9112 section 3.2.2: the target's authority takes the place of what Host says.
    for (Field& field : request_.fields) {
        if (field.name == "host") {
            field.value = authority_;
            return;
        }
    }
    keep_field("host", authority_);
}

bool HeaderParser::is_folded(std::string_view name, std::string_view value) const {
    // Beast joins the lines of a folded value (RFC 9112 section 5.2). It is then either a copy,
    // which lies outside of what is read, or was preceded by empty lines.
    const std::less<const char*> is_before;
    const char* const input_end = input_.data() + input_.size();
    if (is_before(value.data(), input_.data()) || is_before(input_end, value.data())) return true;
    return std::find(name.data() + name.size(), value.data(), '\r') != value.data();
}

void HeaderParser::keep_field(std::string_view name, std::string_view value) {
    Field& field = request_.fields.emplace_back();
    if (!spare_.empty()) {
        field = std::move(spare_.back());
        spare_.pop_back();
    }
    field.name.resize(name.size());
    std::transform(name.begin(), name.end(), field.name.begin(), to_lower);
    field.value.assign(value);
}

void HeaderParser::refuse(Error& error, RefusalKind kind, std::string_view detail) {
    refusal_ = Refusal{kind, detail};
    // Any error stops Beast; the refusal says which it was.
    error = beast_http::error::bad_value;
}

}  // namespace dibs::http
