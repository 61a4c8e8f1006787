#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "http/connection_group.h"
#include "http/descriptor.h"

namespace dibs::http {

/// A listening socket of one loop, which hands what it accepts to the loop's connections. Belongs
/// to its loop's thread.
class Listener {
public:
    /// Takes over a socket that listens already, for the group's loop. Fails: unavailable.
    [[nodiscard]] static base::Result<std::unique_ptr<Listener>> open(ConnectionGroup& group,
                                                                      Descriptor socket);

    /// Begins to accept. Before the loop runs, or on its thread.
    void start();
    /// Accepts what the kernel has queued, which closing would reset, and closes.
    void close();

private:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp,
                                                        boost::asio::io_context::executor_type>;
    enum class Accepted { one, none, no_room };

    Listener(ConnectionGroup& group, Acceptor acceptor);
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
