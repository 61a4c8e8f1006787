#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ensure.h"
#include "http/descriptor.h"

namespace dibs::http::test {

/// How long a test waits for what must come; only a broken build ever waits so long.
inline constexpr std::chrono::seconds patience(20);

/// A client that sends bytes as they are given and shows bytes as they come.
class Wire {
public:
    /// Connects to a port on this machine. `receive_buffer_bytes` makes it a client that can take
    /// only so much at once.
    explicit Wire(std::uint16_t port, std::optional<int> receive_buffer_bytes = std::nullopt)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (receive_buffer_bytes) {
            ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVBUF, &*receive_buffer_bytes,
                         sizeof *receive_buffer_bytes);
        }
        // Each send arrives by itself and at once.
        const int on = 1;
        ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_connected_ = ::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&address),
                                  sizeof address) == 0;
    }

    [[nodiscard]] bool is_connected() const { return is_connected_; }

    /// Sends all of `bytes`. False if the connection is broken.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// Says that nothing more will be sent.
    void finish_sending() { ::shutdown(socket_.number(), SHUT_WR); }
    /// Closes with a reset.
    void reset() {
        const linger abrupt{1, 0};
        ::setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
        socket_.close();
    }
    void close() { socket_.close(); }

    /// Reads one answer: its header, and a body by its Content-Length. What follows stays for the
    /// next call. Empty if the connection ended before.
    std::string read_answer(bool has_body = true) {
        std::size_t header_end = 0;
        while ((header_end = unread_.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more()) return {};
        }
        std::size_t size = header_end + 4;
        const std::size_t length_at = unread_.find("Content-Length: ");
        if (has_body && length_at < header_end) size += std::stoul(unread_.substr(length_at + 16));
        while (unread_.size() < size) {
            if (!read_more()) return {};
        }
        std::string answer = unread_.substr(0, size);
        unread_.erase(0, size);
        return answer;
    }

    /// Reads until the peer closes; `was_reset` says how it did.
    std::string read_to_end() {
        while (read_more()) {
        }
        return std::exchange(unread_, {});
    }

    /// Reads until `text` has come. False if the connection ended before.
    bool read_until(std::string_view text) {
        std::size_t searched = 0;
        while (unread_.find(text, searched) == std::string::npos) {
            searched = unread_.size() - std::min(unread_.size(), text.size());
            if (!read_more()) return false;
        }
        return true;
    }

    /// Whether nothing has come by now.
    [[nodiscard]] bool is_silent() const {
        return unread_.empty() && !is_readable_within(std::chrono::milliseconds(0));
    }
    /// Whether bytes, or the end, come within that time.
    [[nodiscard]] bool is_readable_within(std::chrono::milliseconds time) const {
        pollfd waiting{socket_.number(), POLLIN, 0};
        return ::poll(&waiting, 1, static_cast<int>(time.count())) != 0;
    }
    /// The first `size` bytes of what was read and not yet given out.
    std::string take_unread(std::size_t size) {
        std::string taken = unread_.substr(0, size);
        unread_.erase(0, size);
        return taken;
    }
    [[nodiscard]] bool was_reset() const { return was_reset_; }

private:
    bool read_more() {
        pollfd waiting{socket_.number(), POLLIN, 0};
        const auto wait_ms = std::chrono::milliseconds(patience).count();
        base::ensure(::poll(&waiting, 1, static_cast<int>(wait_ms)) > 0,
                     "the server answers or closes in time");
        const std::size_t before = unread_.size();
        unread_.resize(before + 16 * 1024);
        const ssize_t size = ::recv(socket_.number(), unread_.data() + before, 16 * 1024, 0);
        was_reset_ = size < 0 && errno == ECONNRESET;
        unread_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return size > 0;
    }

    Descriptor socket_;
    std::string unread_;
    bool is_connected_ = false;
    bool was_reset_ = false;
};

/// `GET target` with what HTTP/1.1 demands.
inline std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

/// The status of an answer; 0 if there was none.
inline int status_of(std::string_view answer) {
    return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string(answer.substr(9, 3))) : 0;
}

/// The body of an answer.
inline std::string body_of(std::string_view answer) {
    const std::size_t header_end = answer.find("\r\n\r\n");
    return header_end == std::string_view::npos ? "" : std::string(answer.substr(header_end + 4));
}

/// How many status lines there are in what a client has read.
inline std::size_t count_of_answers(std::string_view bytes) {
    constexpr std::string_view version = "HTTP/1.1 ";
    std::size_t count = 0;
    for (std::size_t at = bytes.find(version); at != std::string_view::npos;
         at = bytes.find(version, at + 1)) {
        const std::string_view after = bytes.substr(at + version.size(), 1);
        if (after >= "1" && after <= "5") ++count;
    }
    return count;
}

}  // namespace dibs::http::test
