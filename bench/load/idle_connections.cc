#include "load/idle_connections.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "rehearsal/address.h"
#include "rehearsal/open_files.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

constexpr std::string_view idle_request =
    "GET / HTTP/1.1\r\nHost: localhost\r\nX-User-Id: somebody\r\n\r\n";
constexpr timeval answer_patience{.tv_sec = 30, .tv_usec = 0};
// choice: what this process needs beside the connections.
constexpr std::size_t files_kept_free = 64;

/// Asks, and waits for an answer's beginning: what costs nothing is answered in one piece.
bool ask_once(int socket) {
    if (::send(socket, idle_request.data(), idle_request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(idle_request.size())) {
        return false;
    }
    std::array<char, 4096> answer{};
    const ssize_t size = ::recv(socket, answer.data(), answer.size(), 0);
    return size > 0 && std::string_view(answer.data(), static_cast<std::size_t>(size))
                           .starts_with("HTTP/1.1 200");
}

}  // namespace

Result<IdleConnections> IdleConnections::open(const app::Endpoint& at, std::size_t count) {
    if (rehearsal::raise_open_files_limit() < count + files_kept_free) {
        return Failure{FailureKind::unavailable,
                       fmt::format("the limit of open files (ulimit -Hn) is below {}", count)};
    }
    const auto address = rehearsal::resolve(at.host, at.port);
    if (!address) return address.failure();
    IdleConnections idle;
    for (std::size_t i = 0; i < count; ++i) {
        const int socket = ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (socket < 0) return Failure{FailureKind::unavailable, std::strerror(errno)};
        idle.sockets_.push_back(socket);
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &answer_patience, sizeof answer_patience);
        const auto* const to = reinterpret_cast<const sockaddr*>(&address->storage);
        if (::connect(socket, to, address->size) != 0 || !ask_once(socket)) {
            return Failure{FailureKind::unavailable, fmt::format("connection {} got no answer: {}",
                                                                 i + 1, std::strerror(errno))};
        }
    }
    return idle;
}

IdleConnections::~IdleConnections() {
    for (const int socket : sockets_) ::close(socket);
}

}  // namespace dibs::bench
