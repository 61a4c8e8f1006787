#include "http/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

#include "http/timed_socket.h"

namespace dibs::http {

namespace beast_http = boost::beast::http;

namespace {

using base::Failure;
using base::FailureKind;
using base::Result;
using ResponseParser = beast_http::response_parser<beast_http::string_body>;

// Choice: four times what the server itself takes.
constexpr std::uint32_t header_size_max_bytes = 64 * 1024;

// Choice: answers that people ask for are kilobytes, listings of a whole coupon tens of megabytes;
// beyond this, the peer is broken.
constexpr std::uint64_t body_size_max_bytes = 256 * 1024 * 1024;

/// RFC 9110 section 9.2.2: what may be asked again when nobody knows whether it was heard.
bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
           method == "OPTIONS";
}

bool has_field(const std::vector<Field>& fields, std::string_view lower_case_name) {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
        return boost::beast::iequals(field.name, {lower_case_name.data(), lower_case_name.size()});
    });
}

ClientResponse to_response(const ResponseParser::value_type& message) {
    ClientResponse response;
    response.status = message.result_int();
    for (const auto& field : message) {
        std::string name(field.name_string());
        std::transform(name.begin(), name.end(), name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        response.fields.push_back({std::move(name), std::string(field.value())});
    }
    response.body = message.body();
    return response;
}

}  // namespace

std::optional<std::string_view> ClientResponse::field(std::string_view lower_case_name) const {
    for (const Field& field : fields) {
        if (field.name == lower_case_name) return field.value;
    }
    return std::nullopt;
}

/// The connection and what was read from it beyond an answer's end.
class Client::Session {
public:
    Session(std::string host, std::uint16_t port, std::chrono::milliseconds timeout)
        : authority_(fmt::format("{}:{}", host, port)),
          timeout_(timeout),
          socket_(std::move(host), port) {}

    Result<ClientResponse> request(std::string_view method, std::string_view target,
                                   const std::vector<Field>& fields, std::string_view body);

private:
    [[nodiscard]] std::string to_bytes(std::string_view method, std::string_view target,
                                       const std::vector<Field>& fields,
                                       std::string_view body) const;
    [[nodiscard]] Result<ClientResponse> exchange(std::string_view bytes, bool is_head);
    [[nodiscard]] bool is_reusable() const;
    [[nodiscard]] Result<ClientResponse> receive(bool is_head);
    [[nodiscard]] Result<void> receive_into(ResponseParser& parser);

    const std::string authority_;
    const std::chrono::milliseconds timeout_;
    TimedSocket socket_;
    std::string unread_;
    bool has_heard_ = false;  // Whether a byte of this request's answer has arrived.
};

Result<ClientResponse> Client::Session::request(std::string_view method, std::string_view target,
                                                const std::vector<Field>& fields,
                                                std::string_view body) {
    socket_.allow(timeout_);
    const std::string bytes = to_bytes(method, target, fields, body);
    const bool was_kept = is_reusable();
    Result<ClientResponse> response = exchange(bytes, method == "HEAD");
    // A kept connection may have been closed by the peer just as the request was on its way.
    if (!response && was_kept && !has_heard_ && is_idempotent(method) &&
        response.failure().kind == FailureKind::unavailable) {
        response = exchange(bytes, method == "HEAD");
    }
    return response;
}

std::string Client::Session::to_bytes(std::string_view method, std::string_view target,
                                      const std::vector<Field>& fields,
                                      std::string_view body) const {
    std::string bytes = fmt::format("{} {} HTTP/1.1\r\n", method, target);
    if (!has_field(fields, "host")) bytes += fmt::format("Host: {}\r\n", authority_);
    for (const Field& field : fields) bytes += fmt::format("{}: {}\r\n", field.name, field.value);
    // RFC 9110 section 8.6: methods that usually have a body say so even if it is empty.
    const bool has_length =
        !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
    if (has_length) bytes += fmt::format("Content-Length: {}\r\n", body.size());
    bytes += "\r\n";
    bytes += body;
    return bytes;
}

Result<ClientResponse> Client::Session::exchange(std::string_view bytes, bool is_head) {
    has_heard_ = false;
    if (!is_reusable()) {
        unread_.clear();
        const Result<void> connected = socket_.connect();
        if (!connected) return connected.failure();
    }
    const Result<void> sent = socket_.send(bytes);
    Result<ClientResponse> response = sent ? receive(is_head) : sent.failure();
    // After a failure nobody knows what the rest of the connection's bytes belong to.
    if (!response) socket_.close();
    return response;
}

/// What has come unasked belongs to no request: then the connection is not used again.
bool Client::Session::is_reusable() const {
    return unread_.empty() && socket_.is_connected_and_quiet();
}

Result<ClientResponse> Client::Session::receive(bool is_head) {
    for (;;) {
        ResponseParser parser;
        parser.eager(true);
        parser.header_limit(header_size_max_bytes);
        parser.body_limit(body_size_max_bytes);
        if (is_head) parser.skip(true);
        const Result<void> received = receive_into(parser);
        if (!received) return received.failure();
        // RFC 9110 section 15.2: an interim answer goes before the one that was asked for.
        const bool is_interim = parser.get().result_int() / 100 == 1;
        if (is_interim && parser.get().result_int() != 101) continue;
        if (!parser.keep_alive()) socket_.close();
        return to_response(parser.get());
    }
}

Result<void> Client::Session::receive_into(ResponseParser& parser) {
    boost::system::error_code error;
    while (!parser.is_done()) {
        if (!unread_.empty()) {
            const std::size_t taken =
                parser.put(boost::asio::buffer(std::as_const(unread_)), error);
            unread_.erase(0, taken);
            if (error && error != beast_http::error::need_more) {
                return Failure{FailureKind::invalid,
                               fmt::format("the answer is not HTTP: {}", error.message())};
            }
            if (parser.is_done()) break;
        }
        const Result<bool> has_more = socket_.receive(unread_);
        if (!has_more) return has_more.failure();
        has_heard_ = has_heard_ || *has_more;
        if (*has_more) continue;
        if (!parser.got_some()) {
            return Failure{FailureKind::unavailable, "the connection was closed unanswered"};
        }
        parser.put_eof(error);
        if (error) {
            return Failure{FailureKind::unavailable, "the connection broke within the answer"};
        }
    }
    return {};
}

Client::Client(std::string host, std::uint16_t port, std::chrono::milliseconds timeout)
    : session_(std::make_unique<Session>(std::move(host), port, timeout)) {}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<ClientResponse> Client::request(std::string_view method, std::string_view target,
                                       const std::vector<Field>& fields, std::string_view body) {
    return session_->request(method, target, fields, body);
}

}  // namespace dibs::http
