#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/refusal.h"

namespace dibs::http {

/// Fills a `Request` from a request's header, and refuses what Beast's parser lets pass but what
/// two readers could understand differently (RFC 9112 sections 2.2, 3, 5 and 6).
///
/// One object reads one header. It stops at the header's end: bodies are framed by the caller.
class HeaderParser final : public boost::beast::http::basic_parser<true> {
public:
    /// `spare` lends the strings of earlier requests, so that their memory is used again.
    HeaderParser(Request& request, std::vector<Field>& spare);

    /// Takes what it can off the front of `bytes` and says how much that was.
    std::size_t take(std::string_view bytes);

    /// Whether the header is whole and good.
    [[nodiscard]] bool is_complete() const { return !refusal_ && is_done(); }
    /// What was wrong with it, once something was.
    [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

    [[nodiscard]] bool has_request_line() const { return has_request_line_; }
    [[nodiscard]] bool is_http_1_0() const { return is_http_1_0_; }
    [[nodiscard]] std::uint64_t content_length_bytes() const { return content_length_bytes_; }
    /// Whether the client waits for `100 Continue` before it sends its body.
    [[nodiscard]] bool expects_continue() const { return expects_continue_; }

private:
    using Error = boost::beast::error_code;
    using Text = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version,
                         Error& error) override;
    void on_field_impl(boost::beast::http::field field, Text name, Text value,
                       Error& error) override;
    void on_header_impl(Error& error) override;

    // What follows belongs to bodies and responses; this parser is told to skip the body.
    void on_response_impl(int, Text, int, Error&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
    std::size_t on_body_impl(Text, Error&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text, Error&) override { return 0; }
    void on_finish_impl(Error&) override {}

    void take_target(Text target, Error& error);
    void take_host(std::string_view value, Error& error);
    void take_content_length(std::string_view value, Error& error);
    void take_expect(std::string_view value, Error& error);
    void refuse_transfer_encoding(Error& error);
    [[nodiscard]] bool is_folded(std::string_view name, std::string_view value) const;
    void keep_field(std::string_view name, std::string_view value);
    void refuse(Error& error, RefusalKind kind, std::string_view detail);

    Request& request_;
    std::vector<Field>& spare_;
    std::optional<Refusal> refusal_;
    std::string_view input_;        // What `take` is reading.
    std::string authority_;         // Of an absolute-form target; it counts instead of Host.
    std::string transfer_codings_;  // Of all fields, each with a comma behind it.
    std::uint64_t content_length_bytes_ = 0;
    bool has_request_line_ = false;
    bool is_http_1_0_ = false;
    bool has_host_ = false;
    bool has_content_length_ = false;
    bool has_transfer_encoding_ = false;
    bool expects_continue_ = false;
    bool must_close_ = false;
};

}  // namespace dibs::http
