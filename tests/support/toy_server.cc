#include "support/toy_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/ensure.h"

namespace dibs::support {

namespace {

void watch(int epoll, int file) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = file;
    base::ensure(epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event) == 0, "a file can be watched");
}

/// Blocks until all is sent; what a client does not take is lost.
void send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

}  // namespace

std::string toy_response(std::string_view status_line, std::string_view body,
                         std::string_view more_fields) {
    std::string response = "HTTP/1.1 ";
    response += status_line;
    response += "\r\nContent-Type: application/json\r\nContent-Length: ";
    response += std::to_string(body.size());
    response += "\r\n";
    response += more_fields;
    response += "\r\n";
    response += body;
    return response;
}

ToyServer::ToyServer(Handler handler, int backlog) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    base::ensure(::bind(listener_, any, size) == 0 && ::listen(listener_, backlog) == 0 &&
                     ::getsockname(listener_, any, &size) == 0,
                 "the loopback has a free port");
    port_ = ntohs(address.sin_port);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    wake_up_ = eventfd(0, EFD_CLOEXEC);
    watch(epoll_, listener_);
    watch(epoll_, wake_up_);
    thread_ = base::NamedThread("toy-server", [this] { run(); });
}

void ToyServer::stop() {
    if (listener_ < 0) return;
    const std::uint64_t once = 1;
    base::ensure(::write(wake_up_, &once, sizeof once) == sizeof once, "a thread can be woken");
    thread_.join();
    for (const auto& [socket, unread] : unread_) ::close(socket);
    unread_.clear();
    ::close(std::exchange(listener_, -1));
    ::close(epoll_);
    ::close(wake_up_);
}

void ToyServer::run() {
    std::array<epoll_event, 256> events{};
    while (true) {
        const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
        for (std::size_t i = 0; std::cmp_less(i, count); ++i) {
            const int file = events[i].data.fd;
            if (file == wake_up_) return;
            if (file == listener_) {
                accept_all();
            } else {
                read_from(file);
            }
        }
    }
}

void ToyServer::accept_all() {
    while (true) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        const int on = 1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        unread_.emplace(socket, std::string());
        ++accepted_;
        watch(epoll_, socket);
    }
}

void ToyServer::read_from(int socket) {
    std::array<char, 16 * 1024> buffer;
    const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    std::string& unread = unread_[socket];
    constexpr std::size_t overlap = 3;
    const std::size_t unread_before = unread.size() > overlap ? unread.size() - overlap : 0;
    if (size > 0) unread.append(buffer.data(), static_cast<std::size_t>(size));
    // Not searched again for what was not there before: a head may be megabytes.
    if (size > 0 && answer_all(socket, unread, unread_before)) return;
    unread_.erase(socket);
    ::close(socket);
}

bool ToyServer::answer_all(int socket, std::string& unread, std::size_t from) {
    constexpr std::string_view head_end = "\r\n\r\n";
    while (true) {
        const std::size_t end = unread.find(head_end, from);
        if (end == std::string::npos) return true;
        const ToyAnswer answer =
            handler_(std::string_view(unread).substr(0, end + head_end.size()));
        unread.erase(0, end + head_end.size());
        from = 0;
        send_all(socket, answer.bytes);
        if (answer.then == ToyAnswer::Then::close) return false;
    }
}

}  // namespace dibs::support
