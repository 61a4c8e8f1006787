#include "http/client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "http/descriptor.h"

namespace dibs::http {

namespace beast_http = boost::beast::http;

namespace {

using base::Failure;
using base::FailureKind;
using base::Result;
using ResponseParser = beast_http::response_parser<beast_http::string_body>;

// Choice: one read brings most answers whole.
constexpr std::size_t read_size_bytes = 64 * 1024;

// Choice: four times what the server itself takes.
constexpr std::uint32_t header_size_max_bytes = 64 * 1024;

// Choice: answers that people ask for are kilobytes, listings of a whole coupon tens of megabytes;
// beyond this, the peer is broken.
constexpr std::uint64_t body_size_max_bytes = 256 * 1024 * 1024;

Failure broken(std::string_view doing) {
    return {FailureKind::unavailable, fmt::format("{}: {}", doing, std::strerror(errno))};
}

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

/// The connection and what was read from it beyond an answer's end. Every wait is a poll that ends
/// at the request's deadline.
class Client::Session {
public:
    Session(std::string host, std::uint16_t port, std::chrono::milliseconds timeout)
        : host_(std::move(host)), port_(port), timeout_(timeout) {}

    Result<ClientResponse> request(std::string_view method, std::string_view target,
                                   const std::vector<Field>& fields, std::string_view body);

private:
    [[nodiscard]] std::string to_bytes(std::string_view method, std::string_view target,
                                       const std::vector<Field>& fields,
                                       std::string_view body) const;
    [[nodiscard]] Result<ClientResponse> exchange(std::string_view bytes, bool is_head);
    [[nodiscard]] bool is_reusable() const;
    [[nodiscard]] Result<void> connect();
    [[nodiscard]] Result<void> connect_to(const addrinfo& address);
    [[nodiscard]] Result<void> send(std::string_view bytes);
    [[nodiscard]] Result<ClientResponse> receive(bool is_head);
    [[nodiscard]] Result<void> receive_into(ResponseParser& parser);
    [[nodiscard]] Result<bool> read_more();
    [[nodiscard]] Result<void> wait_for(short events) const;
    [[nodiscard]] Result<std::chrono::milliseconds> time_left() const;

    const std::string host_;
    const std::uint16_t port_;
    const std::chrono::milliseconds timeout_;
    const base::SystemClock clock_;
    base::SteadyInstant deadline_{};
    Descriptor socket_;
    std::string unread_;
    bool has_heard_ = false;  // Whether a byte of this request's answer has arrived.
};

Result<ClientResponse> Client::Session::request(std::string_view method, std::string_view target,
                                                const std::vector<Field>& fields,
                                                std::string_view body) {
    deadline_ = clock_.steady_now() + timeout_;
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
    if (!has_field(fields, "host")) bytes += fmt::format("Host: {}:{}\r\n", host_, port_);
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
        const Result<void> connected = connect();
        if (!connected) return connected.failure();
    }
    const Result<void> sent = send(bytes);
    Result<ClientResponse> response = sent ? receive(is_head) : sent.failure();
    // After a failure nobody knows what the rest of the connection's bytes belong to.
    if (!response) socket_.close();
    return response;
}

/// Whether the kept connection is there and silent. If it has something to say before it was asked,
/// that is its end.
bool Client::Session::is_reusable() const {
    if (!socket_.is_open() || !unread_.empty()) return false;
    pollfd waiting{socket_.number(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 0;
}

Result<void> Client::Session::connect() {
    unread_.clear();
    std::string host = host_;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), std::to_string(port_).c_str(), &hints, &found);
    if (error != 0) {
        return Failure{FailureKind::unavailable,
                       fmt::format("{} is not known: {}", host_, ::gai_strerror(error))};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
    Result<void> connected = Failure{FailureKind::unavailable, "no address"};
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        connected = connect_to(*address);
        if (connected || connected.failure().kind == FailureKind::expired) break;
    }
    return connected;
}

Result<void> Client::Session::connect_to(const addrinfo& address) {
    const std::string doing = fmt::format("connecting to {}:{}", host_, port_);
    socket_ =
        Descriptor(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_.is_open()) return broken(doing);
    const int on = 1;
    ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_.number(), address.ai_addr, address.ai_addrlen) == 0) return {};
    int error = errno;
    if (error == EINPROGRESS) {
        const Result<void> ready = wait_for(POLLOUT);
        socklen_t size = sizeof error;
        ::getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (ready && error == 0) return {};
        if (!ready) {
            socket_.close();
            return ready;
        }
    }
    socket_.close();
    errno = error;
    return broken(doing);
}

Result<void> Client::Session::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            const Result<void> ready = wait_for(POLLOUT);
            if (!ready) return ready;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            // The peer has stopped listening, perhaps because it has answered already: its answer
            // says more than this error.
            return {};
        } else if (errno != EINTR) {
            return broken("sending");
        }
    }
    return {};
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
        const Result<bool> has_more = read_more();
        if (!has_more) return has_more.failure();
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

/// Reads what there is, or waits for it. False at the connection's end.
Result<bool> Client::Session::read_more() {
    const std::size_t before = unread_.size();
    for (;;) {
        // Not only where there is a wait: a peer that never stops must not hold us either.
        const Result<std::chrono::milliseconds> left = time_left();
        if (!left) return left.failure();
        unread_.resize(before + read_size_bytes);
        const ssize_t size = ::recv(socket_.number(), unread_.data() + before, read_size_bytes, 0);
        const int error = errno;
        unread_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        if (size > 0) has_heard_ = true;
        if (size >= 0) return size > 0;
        if (error == EAGAIN) {
            const Result<void> ready = wait_for(POLLIN);
            if (!ready) return ready.failure();
        } else if (error != EINTR) {
            errno = error;
            return broken("receiving");
        }
    }
}

Result<void> Client::Session::wait_for(short events) const {
    for (;;) {
        const Result<std::chrono::milliseconds> left = time_left();
        if (!left) return left.failure();
        pollfd waiting{socket_.number(), events, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(left->count()));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return broken("waiting");
    }
}

Result<std::chrono::milliseconds> Client::Session::time_left() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - clock_.steady_now());
    if (left.count() > 0) return left;
    return Failure{FailureKind::expired,
                   fmt::format("{}:{} took longer than {} ms", host_, port_, timeout_.count())};
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
