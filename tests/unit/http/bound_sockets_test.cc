// Goal: who has bound an address has it, from the moment at which it is bound: nobody gets in
// between before the server listens, nobody connects until then, and a port whose last connections
// are fading is no obstacle. Method: rivals of both kinds, ours and a plain socket that sets
// SO_REUSEADDR, on free ports.

#include "http/bound_sockets.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "unit/http/serving.h"
#include "unit/http/wire.h"

namespace dibs::http {
namespace {

using test::get;
using test::Wire;

BoundSockets bind(std::uint16_t port, std::size_t thread_count = 1) {
    auto bound = BoundSockets::bind({.port = port, .thread_count = thread_count});
    base::ensure(bound.is_ok(), "a test's port can be bound");
    return *std::move(bound);
}

/// Whether a program that binds as servers commonly do gets `host` and `port`.
bool can_others_bind(std::uint16_t port, in_addr_t host) {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(socket.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(host);
    return ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
           0;
}

void expect_nobody_else_can_bind(std::uint16_t port) {
    for (const char* const host : {"127.0.0.1", "localhost", "0.0.0.0"}) {
        const auto rival = BoundSockets::bind({.host = host, .port = port});
        ASSERT_FALSE(rival.is_ok()) << host;
        EXPECT_EQ(rival.failure().kind, base::FailureKind::unavailable);
        EXPECT_EQ(rival.failure().what,
                  std::string(host) + ":" + std::to_string(port) + " is in use by another process");
    }
    EXPECT_FALSE(can_others_bind(port, INADDR_LOOPBACK));
    EXPECT_FALSE(can_others_bind(port, INADDR_ANY));
}

/// Serves one request on `port` and closes the connection first, which leaves it fading.
void leave_a_fading_connection(BoundSockets sockets) {
    static const base::SystemClock clock;
    const std::uint16_t port = sockets.port();
    auto server = Server::open(std::move(sockets), test::echo_path, clock);
    ASSERT_TRUE(server.is_ok());
    Wire client(port);
    ASSERT_TRUE(client.send(get("/last")));
    EXPECT_EQ(test::body_of(client.read_answer()), "/last");
    (*server)->stop(std::chrono::milliseconds(0));
}

TEST(BoundSockets, KeepTheirPortBeforeAnybodyListens) {
    for (const std::size_t thread_count : {1U, 3U}) {
        const BoundSockets bound = bind(0, thread_count);
        EXPECT_FALSE(Wire(bound.port()).is_connected());
        expect_nobody_else_can_bind(bound.port());
    }
}

TEST(BoundSockets, GiveThePortBackWithTheirEnd) {
    std::uint16_t port = 0;
    {
        const BoundSockets bound = bind(0);
        port = bound.port();
    }
    EXPECT_TRUE(can_others_bind(port, INADDR_LOOPBACK));
    EXPECT_EQ(bind(port).port(), port);
}

TEST(BoundSockets, TakeAPortWhoseConnectionsAreFadingAndKeepItAsWell) {
    BoundSockets first = bind(0);
    const std::uint16_t port = first.port();
    leave_a_fading_connection(std::move(first));
    for (const std::size_t thread_count : {1U, 3U}) {
        BoundSockets next = bind(port, thread_count);
        expect_nobody_else_can_bind(port);
        leave_a_fading_connection(std::move(next));
    }
}

TEST(BoundSockets, AreRefusedWhereTheAddressIsNone) {
    const auto nowhere = BoundSockets::bind({.host = "no such host"});
    ASSERT_FALSE(nowhere.is_ok());
    EXPECT_EQ(nowhere.failure().kind, base::FailureKind::invalid);
    // RFC 5737: an address that nobody has.
    const auto not_ours = BoundSockets::bind({.host = "192.0.2.1"});
    ASSERT_FALSE(not_ours.is_ok());
    EXPECT_EQ(not_ours.failure().kind, base::FailureKind::unavailable);
    const auto no_threads = BoundSockets::bind({.thread_count = 0});
    ASSERT_FALSE(no_threads.is_ok());
    EXPECT_EQ(no_threads.failure().kind, base::FailureKind::invalid);
}

}  // namespace
}  // namespace dibs::http
