#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/descriptor.h"

struct addrinfo;

namespace dibs::http {

/// A TCP connection to one peer, made and made again, whose every wait ends at a deadline. Belongs
/// to one thread, which it blocks.
class TimedSocket {
public:
    /// `host` and `port` as in a URL's authority.
    TimedSocket(std::string host, std::uint16_t port);

    /// Sets the moment after which nothing is waited for: `time` from now.
    void allow(std::chrono::milliseconds time);

    /// Connects; what was connected before is closed. Looking up the host's name is the system's
    /// business and has no deadline.
    /// Fails: unavailable (the name is not known, nobody listens), expired.
    [[nodiscard]] base::Result<void> connect();
    /// Fails: unavailable (the connection broke), expired. A peer that has stopped listening is no
    /// failure: it may have answered already, and its answer says more.
    [[nodiscard]] base::Result<void> send(std::string_view bytes);
    /// Appends what has come to `bytes`, or waits until something comes. False at the connection's
    /// end.
    /// Fails: unavailable (the connection broke), expired.
    [[nodiscard]] base::Result<bool> receive(std::string& bytes);
    void close() { socket_.close(); }

    /// Whether there is a connection that is quiet. One that has something to say before it was
    /// asked is at its end.
    [[nodiscard]] bool is_connected_and_quiet() const;

private:
    [[nodiscard]] base::Result<void> connect_to(const addrinfo& address);
    [[nodiscard]] base::Result<void> wait_for(short events) const;
    [[nodiscard]] base::Result<std::chrono::milliseconds> time_left() const;

    const std::string host_;
    const std::uint16_t port_;
    const base::SystemClock clock_;
    std::chrono::milliseconds time_allowed_{0};
    base::SteadyInstant deadline_{};
    Descriptor socket_;
};

}  // namespace dibs::http
