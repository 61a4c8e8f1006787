// Goal: connections are opened, used in turn, and opened again when they break, and a pool always
// knows which are in which state. Method: a toy server, and the pool driven by hand.

#include "rehearsal/connection_pool.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>

#include "support/toy_server.h"
#include "unit/rehearsal/crowd_run.h"

namespace dibs::rehearsal {
namespace {

using base::SteadyInstant;
using std::chrono::milliseconds;
using support::ToyAnswer;
using support::ToyServer;

constexpr std::string_view any_request = "GET / HTTP/1.1\r\n\r\n";

std::unique_ptr<ConnectionPool> pool_at(std::uint16_t port, std::size_t count) {
    const auto address = resolve("127.0.0.1", port);
    EXPECT_TRUE(address.is_ok());
    auto pool = ConnectionPool::make({*address}, count, false);
    EXPECT_TRUE(pool.is_ok());
    return std::move(pool).value();
}

/// Turns until so many connections are open, or ten seconds have passed.
void open(ConnectionPool& pool, std::size_t count) {
    const SteadyInstant deadline = the_clock.steady_now() + std::chrono::seconds(10);
    while (pool.open_count() < count && the_clock.steady_now() < deadline) {
        pool.open_due(the_clock.steady_now());
        for (const epoll_event& event : pool.wait(milliseconds(1))) {
            if (pool.at(event.data.u32).state != Connection::State::connecting) continue;
            static_cast<void>(pool.finish_connecting(event.data.u32, the_clock.steady_now()));
        }
    }
    ASSERT_EQ(pool.open_count(), count);
}

/// Waits for something to be readable and takes it.
std::pair<std::uint32_t, Received> receive_one(ConnectionPool& pool) {
    const auto events = pool.wait(std::chrono::seconds(10));
    EXPECT_EQ(events.size(), 1U);
    if (events.empty()) return {};
    const std::uint32_t index = events[0].data.u32;
    return {index, pool.receive_on(index)};
}

TEST(ConnectionPool, OpensMoreThanABacklogHolds) {
    ToyServer server([](std::string_view) { return ToyAnswer{}; }, 8);
    const auto pool = pool_at(server.port(), 300);
    open(*pool, 300);
    EXPECT_EQ(pool->busy_count(), 0U);
    EXPECT_EQ(pool->reconnections(), 0U);
}

TEST(ConnectionPool, UsesTheOneThatHasBeenIdleLongest) {
    ToyServer server(
        [](std::string_view) { return ToyAnswer{support::toy_response("200 OK", "")}; });
    const auto pool = pool_at(server.port(), 3);
    open(*pool, 3);
    std::set<std::uint32_t> used;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(pool->send(any_request, {}));
        EXPECT_EQ(pool->busy_count(), 1U);
        const auto [index, received] = receive_one(*pool);
        EXPECT_EQ(received.end, Received::End::bytes);
        EXPECT_TRUE(used.insert(index).second);
        pool->put_idle(index);
        EXPECT_EQ(pool->busy_count(), 0U);
    }
    EXPECT_EQ(pool->open_count(), 3U);
}

TEST(ConnectionPool, SpreadsItsConnectionsOverTheNodes) {
    const auto named = [](const char* name) {
        return
            [name](std::string_view) { return ToyAnswer{support::toy_response("200 OK", name)}; };
    };
    ToyServer one(named("one"));
    ToyServer two(named("two"));
    auto made = ConnectionPool::make(
        {*resolve("127.0.0.1", one.port()), *resolve("127.0.0.1", two.port())}, 4, false);
    const auto pool = std::move(made).value();
    open(*pool, 4);
    std::map<std::uint16_t, int> answers;
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(pool->send(any_request, {}));
        const auto [index, received] = receive_one(*pool);
        const std::uint16_t node = pool->at(index).request.node;
        EXPECT_TRUE(received.bytes.ends_with(node == 0 ? "one" : "two")) << received.bytes;
        ++answers[node];
        pool->put_idle(index);
    }
    EXPECT_EQ(answers, (std::map<std::uint16_t, int>{{0, 2}, {1, 2}}));
}

TEST(ConnectionPool, OpensAgainWhatBroke) {
    ToyServer server([](std::string_view) { return ToyAnswer{"", ToyAnswer::Then::close}; });
    const auto pool = pool_at(server.port(), 1);
    open(*pool, 1);
    ASSERT_TRUE(pool->send(any_request, {}));
    const auto [index, received] = receive_one(*pool);
    EXPECT_EQ(received.end, Received::End::broken);
    pool->close(index, the_clock.steady_now(), true);
    EXPECT_EQ(pool->open_count(), 0U);
    EXPECT_EQ(pool->busy_count(), 0U);
    EXPECT_EQ(pool->reconnections(), 1U);
    open(*pool, 1);
    EXPECT_TRUE(pool->has_idle());
}

TEST(ConnectionPool, DoesNotUseAnIdleOneThatWasClosed) {
    ToyServer server([](std::string_view) { return ToyAnswer{}; });
    const auto pool = pool_at(server.port(), 2);
    open(*pool, 2);
    pool->close(0, the_clock.steady_now(), false);
    EXPECT_EQ(pool->open_count(), 1U);
    ASSERT_TRUE(pool->send(any_request, {}));
    EXPECT_EQ(pool->at(1).state, Connection::State::busy);
    EXPECT_FALSE(pool->has_idle());
}

TEST(ConnectionPool, WaitsLongerAfterEachFailure) {
    std::uint16_t port = 0;
    {
        const ToyServer server([](std::string_view) { return ToyAnswer{}; });
        port = server.port();
    }
    const auto pool = pool_at(port, 1);
    SteadyInstant now = the_clock.steady_now();
    int attempts = 0;
    // Five seconds of made-up time: 10, 20, 40 … 1,000 ms apart.
    for (int step = 0; step < 5'000; ++step, now += milliseconds(1)) {
        pool->open_due(now);
        if (pool->at(0).state != Connection::State::connecting) continue;
        ++attempts;
        ASSERT_EQ(pool->wait(std::chrono::seconds(10)).size(), 1U);
        EXPECT_FALSE(pool->finish_connecting(0, now));
    }
    EXPECT_GE(attempts, 8);
    EXPECT_LE(attempts, 14);
    EXPECT_EQ(pool->last_error(), ECONNREFUSED);
}

TEST(ConnectionPool, NeverSendsOnAConnectionThatBrokeWhileIdle) {
    auto server = std::make_unique<ToyServer>([](std::string_view) { return ToyAnswer{}; });
    const auto pool = pool_at(server->port(), 1);
    open(*pool, 1);
    // What reaches a dead peer before anybody noticed is answered by a reset; after that, no byte
    // is taken any more.
    server->stop();
    ASSERT_TRUE(pool->send(any_request, {}));
    const auto [index, received] = receive_one(*pool);
    EXPECT_EQ(received.end, Received::End::broken);
    pool->close(index, the_clock.steady_now(), true);
    EXPECT_FALSE(pool->has_idle());
}

TEST(ConnectionPool, SendsTheRestOfALargeRequestWhenThereIsRoom) {
    ToyServer server(
        [](std::string_view) { return ToyAnswer{support::toy_response("200 OK", "")}; });
    const auto pool = pool_at(server.port(), 1);
    open(*pool, 1);
    const std::string large = "GET / HTTP/1.1\r\nX: " + std::string(8'000'000, 'x') + "\r\n\r\n";
    ASSERT_TRUE(pool->send(large, {}));
    EXPECT_FALSE(pool->at(0).unsent.empty());
    Received received;
    received.end = Received::End::nothing_yet;
    const SteadyInstant deadline = the_clock.steady_now() + std::chrono::seconds(60);
    while (received.end == Received::End::nothing_yet && the_clock.steady_now() < deadline) {
        for (const epoll_event& event : pool->wait(milliseconds(10))) {
            if ((event.events & EPOLLOUT) != 0) pool->send_rest(0);
            if ((event.events & EPOLLIN) != 0) received = pool->receive_on(0);
        }
    }
    EXPECT_EQ(received.end, Received::End::bytes);
    EXPECT_TRUE(pool->at(0).unsent.empty());
}

}  // namespace
}  // namespace dibs::rehearsal
