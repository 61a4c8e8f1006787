#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/connection_group.h"
#include "http/server.h"

namespace dibs::http {

/// A listening socket of one loop, which hands what it accepts to the loop's connections. Belongs
/// to its loop's thread.
class Listener {
public:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                        boost::asio::io_context::executor_type>;

    /// Binds one listening socket for each of `groups` to the same address. The first is bound for
    /// itself alone, so that a port which somebody else holds is refused and not shared.
    /// Fails: invalid (no such address), unavailable (the port is taken, no permission).
    [[nodiscard]] static base::Result<std::vector<Acceptor>> bind(
        const ServerOptions& options, const std::vector<std::shared_ptr<ConnectionGroup>>& groups);

    /// Whether `bind` would succeed now: binds, and lets go again before anybody could connect.
    /// Fails: as `bind`.
    [[nodiscard]] static base::Result<void> look_at(const ServerOptions& options);

    Listener(ConnectionGroup& group, Acceptor acceptor);

    /// Begins to accept. Before the loop runs, or on its thread.
    void start();
    /// Accepts what the kernel has queued, which closing would reset, and closes.
    void close();

private:
    enum class Accepted { one, none, no_room };

    void await_next();
    void accept_waiting();
    [[nodiscard]] Accepted accept_one();
    void back_off(int error_number);

    ConnectionGroup& group_;
    Acceptor acceptor_;
    const boost::asio::ip::tcp protocol_;
    boost::asio::steady_timer back_off_timer_;
    base::SteadyInstant warned_at_{};
};

}  // namespace dibs::http
