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

}  // namespace

base::Result<std::unique_ptr<Listener>> Listener::open(ConnectionGroup& group, Descriptor socket) {
    int family = AF_INET;
    socklen_t size = sizeof family;
    ::getsockopt(socket.number(), SOL_SOCKET, SO_DOMAIN, &family, &size);
    Acceptor acceptor(group.loop().context());
    boost::system::error_code error;
    acceptor.assign(family == AF_INET6 ? tcp::v6() : tcp::v4(), socket.number(), error);
    if (error) {
        return base::Failure{base::FailureKind::unavailable,
                             fmt::format("cannot be listened on: {}", error.message())};
    }
    socket.give_up();
    return std::unique_ptr<Listener>(new Listener(group, std::move(acceptor)));
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
