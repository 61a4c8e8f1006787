#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "rehearsal/address.h"
#include "rehearsal/connection.h"

namespace dibs::rehearsal {

/// One thread's connections, spread evenly over the nodes' addresses: opens them, a bounded number
/// at a time, opens again those that break, and waits for what happens on them. Nothing blocks but
/// `wait`. Belongs to one thread.
class ConnectionPool {
public:
    /// There is at least one address. `notes_arrival`: have the kernel note when bytes arrive.
    /// Fails: unavailable (no epoll).
    [[nodiscard]] static base::Result<std::unique_ptr<ConnectionPool>> make(
        std::vector<Address> addresses, std::size_t count, bool notes_arrival);
    ~ConnectionPool();
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;

    [[nodiscard]] std::size_t size() const { return connections_.size(); }
    [[nodiscard]] std::size_t open_count() const { return open_count_; }
    [[nodiscard]] std::size_t busy_count() const { return busy_count_; }
    [[nodiscard]] std::uint64_t reconnections() const { return reconnections_; }
    /// The last error of a connect, as errno tells it; 0 if there was none.
    [[nodiscard]] int last_error() const { return last_error_; }
    [[nodiscard]] Connection& at(std::uint32_t index) { return connections_[index]; }

    /// Begins to open those whose turn it is, and cuts handshakes that take too long.
    void open_due(base::SteadyInstant now);

    /// Waits for something to happen, no longer than `patience`; each event's data is a
    /// connection's index. Valid until the next call.
    [[nodiscard]] std::span<const epoll_event> wait(std::chrono::nanoseconds patience);

    /// To be called when a connecting one is writable. True: it is open and idle now.
    [[nodiscard]] bool finish_connecting(std::uint32_t index, base::SteadyInstant now);

    [[nodiscard]] bool has_idle() const { return !idle_.empty(); }

    /// The node that a connection leads to, by its place among the addresses.
    [[nodiscard]] std::uint16_t node_of(std::uint32_t index) const {
        return static_cast<std::uint16_t>(index % addresses_.size());
    }

    /// Sends on the connection that has been idle longest, which becomes busy; there must be one.
    /// False: it had broken and is closed now, and not a byte was sent.
    [[nodiscard]] bool send(std::string_view bytes, const SentRequest& request);
    /// Sends what the kernel did not take at once.
    void send_rest(std::uint32_t index);

    /// Takes what has arrived. The bytes are valid until the next call.
    [[nodiscard]] Received receive_on(std::uint32_t index);

    /// The answer is there: a busy connection becomes idle.
    void put_idle(std::uint32_t index);

    /// Closes a connection and puts it in line to be opened again: at once, or after a pause that
    /// grows with its failures.
    void close(std::uint32_t index, base::SteadyInstant now, bool has_failed);

private:
    struct Turn {
        base::SteadyInstant not_before;
        std::uint32_t index;
        bool operator>(const Turn& other) const { return not_before > other.not_before; }
    };

    ConnectionPool(std::vector<Address> addresses, std::size_t count, int epoll,
                   bool notes_arrival);

    void begin_connecting(std::uint32_t index, base::SteadyInstant now);
    void leave_state(std::uint32_t index);
    void watch(std::uint32_t index, int operation, std::uint32_t events);

    static constexpr std::size_t events_max = 128;

    const std::vector<Address> addresses_;
    const int epoll_;
    const bool notes_arrival_;
    std::vector<Connection> connections_;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> to_open_;
    std::deque<std::uint32_t> idle_;
    std::size_t connecting_count_ = 0;
    std::size_t open_count_ = 0;
    std::size_t busy_count_ = 0;
    std::uint64_t reconnections_ = 0;
    int last_error_ = 0;
    base::SteadyInstant next_look_{};
    std::array<epoll_event, events_max> events_{};
    std::vector<char> buffer_;
};

}  // namespace dibs::rehearsal
