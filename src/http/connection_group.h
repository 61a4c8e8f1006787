#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/awaiting.h"
#include "http/connection.h"
#include "http/deadlines.h"
#include "http/event_loop.h"
#include "http/server.h"

namespace dibs::http {

/// A number that one thread writes and others read, with no lock and no locked instruction.
class Count {
public:
    void add_one() { value_.store(get() + 1, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_ = 0;
};

/// How many connections all loops of a server have together. Any thread.
class ConnectionLimit {
public:
    explicit ConnectionLimit(std::size_t connections_max) : connections_max_(connections_max) {}

    /// Takes a place, if one is free.
    [[nodiscard]] bool enter();
    void leave() { open_.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] std::size_t open() const { return open_.load(std::memory_order_relaxed); }

private:
    const std::size_t connections_max_;
    std::atomic<std::size_t> open_ = 0;
};

/// The connections of one loop, and what they share. Belongs to its loop's thread but for what says
/// otherwise.
///
/// Connections own it together: a Reply that somebody holds beyond the server's end keeps its
/// connection, and that one its group.
class ConnectionGroup : public std::enable_shared_from_this<ConnectionGroup> {
public:
    /// What a server hands to each of its groups. Clock and limit outlive the loop.
    struct Settings {
        ServerOptions options;
        Server::Handler handler;
        Server::Finish finish;  ///< May be empty.
        const base::Clock& clock;
        ConnectionLimit& limit;
    };

    struct Counts {
        Count accepted;
        Count refused;
        Count requests;
        Count malformed;
        Count timed_out;

        /// A request that was refused. Who is over the limit was counted when they came.
        void add(RefusalKind kind) {
            if (kind == RefusalKind::timed_out) {
                timed_out.add_one();
            } else if (kind != RefusalKind::overloaded) {
                malformed.add_one();
            }
        }
    };

    ConnectionGroup(std::size_t loop_number, Settings settings);

    /// Begins to look after deadlines. Before the loop runs, or on its thread.
    void start();
    /// Serves a connection that was accepted, or answers that there are too many.
    void admit(Socket socket);
    /// Gives each connection that waits for a request `drain_timeout` for one more; the answers of
    /// all say that they are the last. `when_empty` is called once, when none is left.
    void begin_drain(std::function<void()> when_empty);
    /// Ends all connections now, and the care for deadlines.
    void end();

    [[nodiscard]] bool is_draining() const { return static_cast<bool>(when_empty_) || was_empty_; }
    [[nodiscard]] EventLoop& loop() { return loop_; }
    [[nodiscard]] const ServerOptions& options() const { return settings_.options; }
    [[nodiscard]] const Server::Handler& handler() const { return settings_.handler; }
    [[nodiscard]] const Server::Finish& finish() const { return settings_.finish; }
    [[nodiscard]] const base::Clock& clock() const { return settings_.clock; }
    /// Any thread may read them.
    [[nodiscard]] const Counts& counts() const { return counts_; }

    // For connections only.
    [[nodiscard]] Counts& counts() { return counts_; }
    /// Starts the time that a connection may spend in `phase`, and stops that of the one before.
    void enter(Connection& connection, Connection::Phase phase);
    /// Forgets a connection that has ended.
    void leave(Connection& connection);
    /// An empty string to build an answer in, whose memory all connections share.
    [[nodiscard]] std::string& scratch();
    /// The Date field's value, made once a second.
    [[nodiscard]] std::string_view date();

private:
    void sweep_later();
    void sweep();
    void tell_if_empty();

    const Settings settings_;
    EventLoop loop_;
    boost::asio::steady_timer sweep_timer_;
    DeadlineQueue idle_;
    DeadlineQueue header_;
    DeadlineQueue body_;
    DeadlineQueue writing_;
    DeadlineQueue lingering_;
    DeadlineQueue last_request_;
    boost::intrusive::list<Connection, boost::intrusive::base_hook<LivingHook>,
                           boost::intrusive::constant_time_size<false>>
        living_;
    std::size_t living_count_ = 0;
    std::size_t turned_away_count_ = 0;
    std::function<void()> when_empty_;
    bool was_empty_ = false;
    bool has_ended_ = false;
    Counts counts_;
    std::string scratch_;
    std::string date_;
    std::chrono::sys_seconds date_second_{};
};

}  // namespace dibs::http
