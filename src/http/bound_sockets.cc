#include "http/bound_sockets.h"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <string>
#include <system_error>

// A port whose last connections are still fading (TIME_WAIT) can only be had with SO_REUSEADDR. But
// Linux lets two who both set it bind one port, and refuses the second only when it listens. So it
// is set where a bind fails without it, and taken off again: whoever comes next is held against the
// options of those who have the port by then. It is set once more before they listen, since the
// connections inherit it, and the next server needs it of those that fade.
//
// SO_REUSEPORT lets the sockets of the other threads join. The first one sets it when it has the
// port, so that a port which somebody else holds is refused and not shared.

namespace dibs::http {

namespace {

using boost::asio::ip::tcp;

base::Failure failure_of(int error, const std::string& address) {
    if (error == EADDRINUSE) {
        return {base::FailureKind::unavailable,
                fmt::format("{} is in use by another process", address)};
    }
    return {base::FailureKind::unavailable,
            fmt::format("{} cannot be listened on: {}", address,
                        std::error_code(error, std::generic_category()).message())};
}

std::string to_text(const ServerOptions& options, std::uint16_t port) {
    const bool needs_brackets =
        options.host.find(':') != std::string::npos && !options.host.starts_with('[');
    return needs_brackets ? fmt::format("[{}]:{}", options.host, port)
                          : fmt::format("{}:{}", options.host, port);
}

base::Result<tcp::endpoint> resolve(const ServerOptions& options) {
    std::string host = options.host;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    boost::asio::io_context context;
    tcp::resolver resolver(context);
    boost::system::error_code error;
    const auto found =
        resolver.resolve(host, std::to_string(options.port), tcp::resolver::passive, error);
    if (error || found.empty()) {
        return base::Failure{
            base::FailureKind::invalid,
            fmt::format("{} is no address to listen on: {}", options.host, error.message())};
    }
    return found.begin()->endpoint();
}

/// Says what went wrong, as `errno` does; 0 if nothing did.
int set_option(const Descriptor& socket, int level, int name, bool is_on) {
    const int value = is_on ? 1 : 0;
    return ::setsockopt(socket.number(), level, name, &value, sizeof value) == 0 ? 0 : errno;
}

int bind_to(const Descriptor& socket, const tcp::endpoint& endpoint) {
    const auto size = static_cast<socklen_t>(endpoint.size());
    return ::bind(socket.number(), endpoint.data(), size) == 0 ? 0 : errno;
}

int bind_also_while_fading(const Descriptor& socket, const tcp::endpoint& endpoint) {
    const int plain = bind_to(socket, endpoint);
    if (plain != EADDRINUSE) return plain;
    if (const int error = set_option(socket, SOL_SOCKET, SO_REUSEADDR, true)) return error;
    if (const int error = bind_to(socket, endpoint)) return error;
    return set_option(socket, SOL_SOCKET, SO_REUSEADDR, false);
}

int bind_first(const Descriptor& socket, const tcp::endpoint& endpoint) {
    if (const int error = bind_also_while_fading(socket, endpoint)) return error;
    return set_option(socket, SOL_SOCKET, SO_REUSEPORT, true);
}

int bind_beside_first(const Descriptor& socket, const tcp::endpoint& endpoint) {
    if (const int error = set_option(socket, SOL_SOCKET, SO_REUSEPORT, true)) return error;
    return bind_also_while_fading(socket, endpoint);
}

/// The port that a bound socket has.
std::uint16_t port_of(const Descriptor& socket) {
    tcp::endpoint endpoint;
    auto size = static_cast<socklen_t>(endpoint.capacity());
    ::getsockname(socket.number(), endpoint.data(), &size);
    return endpoint.port();
}

int listen_with(const Descriptor& socket) {
    if (const int error = set_option(socket, SOL_SOCKET, SO_REUSEADDR, true)) return error;
    // Accepted sockets inherit it: an answer is sent whole, and shall not wait for anything.
    if (const int error = set_option(socket, IPPROTO_TCP, TCP_NODELAY, true)) return error;
    return ::listen(socket.number(), SOMAXCONN) == 0 ? 0 : errno;
}

}  // namespace

base::Result<BoundSockets> BoundSockets::bind(const ServerOptions& options) {
    if (options.thread_count == 0) {
        return base::Failure{base::FailureKind::invalid, "a server needs at least one thread"};
    }
    const base::Result<tcp::endpoint> resolved = resolve(options);
    if (!resolved) return resolved.failure();
    tcp::endpoint endpoint = *resolved;
    std::vector<Descriptor> sockets;
    for (std::size_t number = 0; number < options.thread_count; ++number) {
        const Descriptor& socket = sockets.emplace_back(
            ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const int error = !socket.is_open() ? errno
                          : number == 0     ? bind_first(socket, endpoint)
                                            : bind_beside_first(socket, endpoint);
        if (error != 0) return failure_of(error, to_text(options, endpoint.port()));
        endpoint.port(port_of(socket));
    }
    return BoundSockets(options, endpoint.port(), std::move(sockets));
}

// All were bound before the first listens, so that no connection finds a part of them.
base::Result<std::vector<Descriptor>> BoundSockets::listen() && {
    for (const Descriptor& socket : sockets_) {
        if (const int error = listen_with(socket)) {
            return failure_of(error, to_text(options_, port_));
        }
    }
    return std::move(sockets_);
}

}  // namespace dibs::http
