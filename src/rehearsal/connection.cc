#include "rehearsal/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>

namespace dibs::rehearsal {

namespace {

std::optional<base::Instant> arrival_in(msghdr& message) {
    for (cmsghdr* note = CMSG_FIRSTHDR(&message); note != nullptr;
         note = CMSG_NXTHDR(&message, note)) {
        if (note->cmsg_level != SOL_SOCKET || note->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec stamp{};
        std::memcpy(&stamp, CMSG_DATA(note), sizeof stamp);
        const auto since_1970 =
            std::chrono::seconds(stamp.tv_sec) + std::chrono::nanoseconds(stamp.tv_nsec);
        return base::Instant(std::chrono::floor<std::chrono::microseconds>(since_1970));
    }
    return std::nullopt;
}

}  // namespace

int make_socket(int family, bool notes_arrival) {
    const int made = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return made;
    const int on = 1;
    // Neither is needed for being right: without them figures are a little worse.
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (notes_arrival) setsockopt(made, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    return made;
}

Received receive(int socket, std::span<char> buffer, bool notes_arrival) {
    std::array<char, CMSG_SPACE(sizeof(timespec))> notes{};
    iovec place{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = notes.data();
    message.msg_controllen = notes.size();
    const ssize_t size = notes_arrival ? ::recvmsg(socket, &message, 0)
                                       : ::recv(socket, buffer.data(), buffer.size(), 0);
    Received received;
    if (size > 0) {
        received.end = Received::End::bytes;
        received.bytes = std::string_view(buffer.data(), static_cast<std::size_t>(size));
        if (notes_arrival) received.arrived_at = arrival_in(message);
    } else if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        received.end = Received::End::nothing_yet;
    }
    return received;
}

}  // namespace dibs::rehearsal
