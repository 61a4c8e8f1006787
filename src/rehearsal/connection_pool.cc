#include "rehearsal/connection_pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/ensure.h"

namespace dibs::rehearsal {

namespace {

using base::SteadyInstant;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// choice: half of 128, the kernel's bound on a listener's backlog before Linux 5.4, so that two
// threads together do not overflow one that nobody tuned.
constexpr std::size_t connecting_max = 64;
// A lost SYN is sent again after a second and then after three (RFC 6298 section 2); by then a new
// attempt is better.
constexpr milliseconds handshake_timeout{2'000};
// choice: often enough for time-outs of seconds, and a look at 10,000 connections takes 50 µs.
constexpr milliseconds timeout_look_distance{100};
// choice: a full backlog is emptied in milliseconds; a service that is down is asked once a second.
constexpr milliseconds first_pause{10};
constexpr milliseconds longest_pause{1'000};
// choice: twice a listing's longest page, so that one call takes any answer whole.
constexpr std::size_t receive_size_bytes = 64 * 1024;

milliseconds pause_after(unsigned failures) {
    if (failures == 0) return milliseconds(0);
    // Seven doublings pass the longest pause; more would only overflow.
    return std::min(first_pause * (1 << std::min(failures - 1, 7U)), longest_pause);
}

}  // namespace

base::Result<std::unique_ptr<ConnectionPool>> ConnectionPool::make(std::vector<Address> addresses,
                                                                   std::size_t count,
                                                                   bool notes_arrival) {
    base::ensure(!addresses.empty(), "a pool knows where its connections lead");
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) {
        return base::Failure{base::FailureKind::unavailable, "no epoll instance can be made"};
    }
    return std::unique_ptr<ConnectionPool>(
        new ConnectionPool(std::move(addresses), count, epoll, notes_arrival));
}

ConnectionPool::ConnectionPool(std::vector<Address> addresses, std::size_t count, int epoll,
                               bool notes_arrival)
    : addresses_(std::move(addresses)),
      epoll_(epoll),
      notes_arrival_(notes_arrival),
      connections_(count),
      buffer_(receive_size_bytes) {
    for (std::uint32_t index = 0; index < count; ++index) to_open_.push({SteadyInstant{}, index});
}

ConnectionPool::~ConnectionPool() {
    for (const Connection& connection : connections_) {
        if (connection.socket >= 0) ::close(connection.socket);
    }
    ::close(epoll_);
}

void ConnectionPool::watch(std::uint32_t index, int operation, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u32 = index;
    const int result = epoll_ctl(epoll_, operation, connections_[index].socket, &event);
    base::ensure(result == 0, "a socket of the pool can be watched");
}

void ConnectionPool::open_due(SteadyInstant now) {
    while (connecting_count_ < connecting_max && !to_open_.empty() &&
           to_open_.top().not_before <= now) {
        const std::uint32_t index = to_open_.top().index;
        to_open_.pop();
        begin_connecting(index, now);
    }
    if (connecting_count_ == 0 || now < next_look_) return;
    next_look_ = now + timeout_look_distance;
    for (std::uint32_t index = 0; index < connections_.size(); ++index) {
        const Connection& connection = connections_[index];
        if (connection.state != Connection::State::connecting) continue;
        if (now - connection.since < handshake_timeout) continue;
        last_error_ = ETIMEDOUT;
        close(index, now, true);
    }
}

void ConnectionPool::begin_connecting(std::uint32_t index, SteadyInstant now) {
    Connection& connection = connections_[index];
    const Address& address = addresses_[node_of(index)];
    connection.socket = make_socket(address.storage.ss_family, notes_arrival_);
    if (connection.socket < 0) {
        last_error_ = errno;
        close(index, now, true);
        return;
    }
    const auto* to = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::connect(connection.socket, to, address.size) != 0 && errno != EINPROGRESS) {
        last_error_ = errno;
        close(index, now, true);
        return;
    }
    connection.state = Connection::State::connecting;
    connection.since = now;
    ++connecting_count_;
    watch(index, EPOLL_CTL_ADD, EPOLLOUT);
}

bool ConnectionPool::finish_connecting(std::uint32_t index, SteadyInstant now) {
    Connection& connection = connections_[index];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connection.socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        last_error_ = error;
        close(index, now, true);
        return false;
    }
    leave_state(index);
    connection.state = Connection::State::idle;
    ++open_count_;
    idle_.push_back(index);
    watch(index, EPOLL_CTL_MOD, EPOLLIN);
    return true;
}

std::span<const epoll_event> ConnectionPool::wait(nanoseconds patience) {
    const nanoseconds bounded = std::max(patience, nanoseconds(0));
    const auto whole_seconds = std::chrono::floor<std::chrono::seconds>(bounded);
    const timespec time_limit{whole_seconds.count(), (bounded - whole_seconds).count()};
    int count = epoll_pwait2(epoll_, events_.data(), events_max, &time_limit, nullptr);
    if (count < 0 && errno == ENOSYS) {
        // Kernels before 5.11 wait in whole milliseconds; an open loop sends that much late, and
        // its latencies say so.
        const auto whole = std::chrono::ceil<milliseconds>(bounded);
        count = epoll_wait(epoll_, events_.data(), events_max, static_cast<int>(whole.count()));
    }
    return {events_.data(), static_cast<std::size_t>(std::max(count, 0))};
}

bool ConnectionPool::send(std::string_view bytes, const SentRequest& request) {
    base::ensure(!idle_.empty(), "a request is sent on an idle connection");
    const std::uint32_t index = idle_.front();
    Connection& connection = connections_[index];
    const ssize_t taken =
        ::send(connection.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (taken < 0 && errno != EAGAIN && errno != EINTR) {
        close(index, request.sent_at, true);
        return false;
    }
    idle_.pop_front();
    connection.state = Connection::State::busy;
    connection.request = request;
    connection.request.node = node_of(index);
    ++busy_count_;
    const auto size = static_cast<std::size_t>(std::max<ssize_t>(taken, 0));
    if (size < bytes.size()) {
        connection.unsent = bytes.substr(size);
        watch(index, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    }
    return true;
}

void ConnectionPool::send_rest(std::uint32_t index) {
    Connection& connection = connections_[index];
    if (connection.unsent.empty()) return;
    const ssize_t taken = ::send(connection.socket, connection.unsent.data(),
                                 connection.unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // If it broke, receiving will say so.
    if (taken > 0) connection.unsent.erase(0, static_cast<std::size_t>(taken));
    if (connection.unsent.empty()) watch(index, EPOLL_CTL_MOD, EPOLLIN);
}

Received ConnectionPool::receive_on(std::uint32_t index) {
    return receive(connections_[index].socket, buffer_, notes_arrival_);
}

void ConnectionPool::put_idle(std::uint32_t index) {
    Connection& connection = connections_[index];
    base::ensure(connection.unsent.empty(), "a connection is idle only after a whole request");
    leave_state(index);
    connection.state = Connection::State::idle;
    connection.failures = 0;
    ++open_count_;
    idle_.push_back(index);
}

void ConnectionPool::close(std::uint32_t index, SteadyInstant now, bool has_failed) {
    Connection& connection = connections_[index];
    const bool was_open =
        connection.state == Connection::State::idle || connection.state == Connection::State::busy;
    if (was_open) ++reconnections_;
    leave_state(index);
    if (connection.socket >= 0) ::close(std::exchange(connection.socket, -1));
    connection.received.clear();
    connection.unsent.clear();
    connection.failures = has_failed ? connection.failures + 1 : 0;
    to_open_.push({now + pause_after(connection.failures), index});
}

void ConnectionPool::leave_state(std::uint32_t index) {
    Connection& connection = connections_[index];
    switch (connection.state) {
        case Connection::State::closed: break;
        case Connection::State::connecting: --connecting_count_; break;
        case Connection::State::idle:
            --open_count_;
            std::erase(idle_, index);
            break;
        case Connection::State::busy:
            --open_count_;
            --busy_count_;
            break;
    }
    connection.state = Connection::State::closed;
}

}  // namespace dibs::rehearsal
