#include "http/timed_socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace dibs::http {

namespace {

using base::Failure;
using base::FailureKind;
using base::Result;

// Choice: one read brings most answers whole.
constexpr std::size_t read_size_bytes = 64 * 1024;

Failure broken(std::string_view doing) {
    return {FailureKind::unavailable, fmt::format("{}: {}", doing, std::strerror(errno))};
}

}  // namespace

TimedSocket::TimedSocket(std::string host, std::uint16_t port)
    : host_(std::move(host)), port_(port) {}

void TimedSocket::allow(std::chrono::milliseconds time) {
    time_allowed_ = time;
    deadline_ = clock_.steady_now() + time;
}

bool TimedSocket::is_connected_and_quiet() const {
    if (!socket_.is_open()) return false;
    pollfd waiting{socket_.number(), POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 0;
}

Result<void> TimedSocket::connect() {
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
        if (!connected) socket_.close();
        if (connected || connected.failure().kind == FailureKind::expired) break;
    }
    return connected;
}

Result<void> TimedSocket::connect_to(const addrinfo& address) {
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
        if (!ready) return ready;
        socklen_t size = sizeof error;
        ::getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error == 0) return {};
    }
    errno = error;
    return broken(doing);
}

Result<void> TimedSocket::send(std::string_view bytes) {
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

Result<bool> TimedSocket::receive(std::string& bytes) {
    const std::size_t before = bytes.size();
    for (;;) {
        // Not only where there is a wait: a peer that never stops must not hold us either.
        const Result<std::chrono::milliseconds> left = time_left();
        if (!left) return left.failure();
        bytes.resize(before + read_size_bytes);
        const ssize_t size = ::recv(socket_.number(), bytes.data() + before, read_size_bytes, 0);
        const int error = errno;
        bytes.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
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

Result<void> TimedSocket::wait_for(short events) const {
    for (;;) {
        const Result<std::chrono::milliseconds> left = time_left();
        if (!left) return left.failure();
        pollfd waiting{socket_.number(), events, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(left->count()));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return broken("waiting");
    }
}

Result<std::chrono::milliseconds> TimedSocket::time_left() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - clock_.steady_now());
    if (left.count() > 0) return left;
    return Failure{FailureKind::expired, fmt::format("{}:{} took longer than {} ms", host_, port_,
                                                     time_allowed_.count())};
}

}  // namespace dibs::http
