#include "http/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace dibs::http {

namespace {

using boost::asio::ip::tcp;
using ReusePort = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// Choice: so many are accepted before the connections that are there have their turn again.
constexpr int accepted_at_once_max = 64;

// The kernel's own limit of a listening queue is at most this by default (Linux 5.4 and later,
// net.core.somaxconn), so a queue can't be longer. It bounds the emptying at the end.
constexpr int queue_length_max = 4096;

// Choice: with no descriptor free, trying at once again would only burn the processor; the queue
// keeps those who wait.
constexpr std::chrono::milliseconds back_off_time(100);

// Choice: one line per while tells an operator as much as ten a second.
constexpr std::chrono::seconds warning_period(10);

base::Failure to_failure(const boost::system::error_code& error, const std::string& address) {
    if (error == boost::asio::error::address_in_use) {
        return {base::FailureKind::unavailable,
                fmt::format("{} is in use by another process", address)};
    }
    return {base::FailureKind::unavailable,
            fmt::format("{} cannot be listened on: {}", address, error.message())};
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

/// Binds and listens. Alone means that nobody may hold the port, but that the sockets of the other
/// loops may join.
boost::system::error_code open_one(Listener::Acceptor& acceptor, const tcp::endpoint& endpoint,
                                   bool is_first) {
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    // A port whose last connections are still fading (TIME_WAIT) may be taken.
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && !is_first) acceptor.set_option(ReusePort(true), error);
    if (!error) acceptor.bind(endpoint, error);
    // After the bind: the kernel looks at the flag of those who hold a port when the next one
    // comes.
    if (!error && is_first) acceptor.set_option(ReusePort(true), error);
    // Accepted sockets inherit it: an answer is sent whole, and shall not wait for anything.
    if (!error) acceptor.set_option(tcp::no_delay(true), error);
    if (!error) acceptor.non_blocking(true, error);
    return error;
}

}  // namespace

base::Result<std::vector<Listener::Acceptor>> Listener::bind(
    const ServerOptions& options, const std::vector<std::shared_ptr<ConnectionGroup>>& groups) {
    const base::Result<tcp::endpoint> resolved = resolve(options);
    if (!resolved) return resolved.failure();
    tcp::endpoint endpoint = *resolved;
    std::vector<Acceptor> acceptors;
    for (const auto& group : groups) {
        Acceptor& acceptor = acceptors.emplace_back(group->loop().context());
        const auto error = open_one(acceptor, endpoint, acceptors.size() == 1);
        if (error) {
            return to_failure(error, to_text(options, endpoint.port()));
        }
        endpoint = acceptor.local_endpoint();
    }
    // All are bound before the first listens, so that no connection finds a part of them.
    for (Acceptor& acceptor : acceptors) {
        boost::system::error_code error;
        acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
        if (error) {
            return to_failure(error, to_text(options, endpoint.port()));
        }
    }
    return acceptors;
}

base::Result<void> Listener::look_at(const ServerOptions& options) {
    const base::Result<tcp::endpoint> endpoint = resolve(options);
    if (!endpoint) return endpoint.failure();
    boost::asio::io_context context;
    Acceptor acceptor(context);
    const auto error = open_one(acceptor, *endpoint, true);
    if (error) return to_failure(error, to_text(options, options.port));
    return {};
}

Listener::Listener(ConnectionGroup& group, Acceptor acceptor)
    : group_(group),
      acceptor_(std::move(acceptor)),
      protocol_(acceptor_.local_endpoint().protocol()),
      back_off_timer_(group.loop().context()) {}

void Listener::start() {
    await_next();
}

void Listener::close() {
    if (!acceptor_.is_open()) return;
    for (int count = 0; count < queue_length_max && accept_one() == Accepted::one; ++count) {
    }
    boost::system::error_code error;
    acceptor_.close(error);
    back_off_timer_.cancel();
}

void Listener::await_next() {
    acceptor_.async_wait(Acceptor::wait_read, [this](const boost::system::error_code& error) {
        if (!error) accept_waiting();
    });
}

void Listener::accept_waiting() {
    if (!acceptor_.is_open()) return;
    Accepted accepted = Accepted::one;
    for (int count = 0; count < accepted_at_once_max && accepted == Accepted::one; ++count) {
        accepted = accept_one();
    }
    if (accepted == Accepted::no_room) {
        back_off(errno);
    } else {
        await_next();
    }
}

Listener::Accepted Listener::accept_one() {
    // Not through Asio, which takes two more system calls to make a socket non-blocking and to keep
    // it from child processes.
    const int descriptor =
        ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        const bool has_no_room =
            errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (has_no_room) return Accepted::no_room;
        // ECONNABORTED and the network errors that accept(2) lists concern one client that has
        // gone; the next may be waiting.
        return errno == EAGAIN || errno == EBADF ? Accepted::none : Accepted::one;
    }
    Socket socket(group_.loop().context());
    boost::system::error_code error;
    socket.assign(protocol_, descriptor, error);
    if (error) {
        ::close(descriptor);
        return Accepted::one;
    }
    socket.non_blocking(true, error);
    group_.admit(std::move(socket));
    return Accepted::one;
}

void Listener::back_off(int error_number) {
    const base::SteadyInstant now = group_.clock().steady_now();
    if (warned_at_ == base::SteadyInstant() || now - warned_at_ >= warning_period) {
        warned_at_ = now;
        base::log::warning("accept-failed", {{"what", std::strerror(error_number)}});
    }
    back_off_timer_.expires_after(back_off_time);
    back_off_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) accept_waiting();
    });
}

}  // namespace dibs::http
