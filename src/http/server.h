#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "http/reply.h"

namespace dibs::http {

/// The limits and sizes of a listener. The defaults' sources stand in `server.cc`.
struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;            ///< 0: any free one; `Server::port()` says which.
    std::string thread_name = "http";  ///< With `-` and a number behind it if there are several.
    std::size_t thread_count = 1;
    std::size_t connections_max = 10'000;
    std::size_t header_size_max_bytes = 16 * 1024;
    std::size_t body_size_max_bytes = 64 * 1024;
    std::chrono::milliseconds header_timeout{
        10'000};  ///< From a request's first byte to its last header byte.
    std::chrono::milliseconds body_timeout{20'000};
    std::chrono::milliseconds idle_timeout{75'000};  ///< Between requests.
    std::chrono::milliseconds write_timeout{
        20'000};  ///< For a client that does not take its answer.
    std::chrono::milliseconds drain_timeout{
        2'000};  ///< How long idle connections may still ask at stop.
};

class BoundSockets;

/// What a listener has seen, counted without locks; a reading is a moment's, not a snapshot.
struct ServerCounts {
    std::uint64_t connections_open = 0;
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_refused = 0;  ///< Over `connections_max`.
    std::uint64_t requests = 0;
    std::uint64_t malformed = 0;  ///< Answered by the HTTP layer itself and closed.
    std::uint64_t timed_out = 0;
};

/// An HTTP/1.1 server (RFC 9110, RFC 9112): a few threads, each with its own event loop and its own
/// listening socket on the same port.
///
/// Requests with any Transfer-Encoding are refused (501, or 400 where it is no framing): what is
/// read is framed by Content-Length alone. Pipelined requests are answered in order, one at a time.
class Server {
public:
    /// Answers a request. Called on the connection's loop, for each request one call; must not
    /// block. The request stays valid until the reply is sent.
    using Handler = std::function<void(const Request&, Reply)>;

    /// Looks at what a handler answered before it is written, and may add fields to it. Called on
    /// the connection's loop; must not block.
    using Finish = std::function<void(const Request&, Response&)>;

    /// Starts to listen and to answer, where and as the sockets were bound for. `clock` must
    /// outlive the server. Fails: unavailable.
    [[nodiscard]] static base::Result<std::unique_ptr<Server>> open(BoundSockets sockets,
                                                                    Handler handler,
                                                                    const base::Clock& clock,
                                                                    Finish finish = {});

    virtual ~Server() = default;

    /// The port that is listened on.
    [[nodiscard]] virtual std::uint16_t port() const = 0;
    /// The loops, in the order of their numbers. Valid until the server is destroyed.
    [[nodiscard]] virtual std::vector<Loop*> loops() = 0;
    [[nodiscard]] virtual ServerCounts counts() const = 0;

    /// Stops accepting (after the kernel's accept queue was emptied) and lets each connection
    /// finish the request that it is on; answers from here on carry `Connection: close`. Returns at
    /// once. Any thread.
    virtual void begin_drain() = 0;

    /// `begin_drain`, then waits until every connection has ended or `patience` has passed, cuts
    /// the rest, and joins the threads. Calling again does nothing. Not from a loop's own thread.
    virtual void stop(std::chrono::milliseconds patience) = 0;
};

}  // namespace dibs::http
