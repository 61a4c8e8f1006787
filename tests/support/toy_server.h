#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/named_thread.h"

namespace dibs::support {

/// What the toy server does with a request.
struct ToyAnswer {
    enum class Then : std::uint8_t { stay, close };

    std::string bytes;  ///< Sent as they are; empty: nothing is.
    Then then = Then::stay;
};

/// An HTTP/1.1 answer with a length, a type and a body.
[[nodiscard]] std::string toy_response(std::string_view status_line, std::string_view body,
                                       std::string_view more_fields = {});

/// A server that knows just enough HTTP to be asked: requests without bodies, one answer each, all
/// on one thread, on a free port of the loopback. It shares no code with the real one.
class ToyServer {
public:
    /// Called on the server's thread with a request's head, its empty line included.
    using Handler = std::function<ToyAnswer(std::string_view head)>;

    explicit ToyServer(Handler handler, int backlog = 4096);
    ~ToyServer() { stop(); }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// How many connections were ever accepted.
    [[nodiscard]] std::size_t accepted() const { return accepted_; }

    /// Closes everything and ends the thread. Calling again does nothing.
    void stop();

private:
    void run();
    void accept_all();
    void read_from(int socket);
    /// Answers every whole request; none ends before `from`. False: the connection is over.
    [[nodiscard]] bool answer_all(int socket, std::string& unread, std::size_t from);

    const Handler handler_;
    int listener_ = -1;
    int epoll_ = -1;
    int wake_up_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> accepted_{0};
    std::unordered_map<int, std::string> unread_;  ///< Of each open connection.
    base::NamedThread thread_;
};

}  // namespace dibs::support
