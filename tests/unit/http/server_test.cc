// Goal: a server has its port for itself, spreads its work, refuses what is too much, and ends
// without losing a request. Method: real servers on free ports; what must not race is held back by
// a blocked loop, a held reply or a clock that stands still.

#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "unit/http/serving.h"
#include "unit/http/wire.h"

namespace dibs::http {
namespace {

using std::chrono::milliseconds;
using test::get;
using test::HeldReplies;
using test::Wire;

TEST(Server, AnswersAndKeepsTheConnection) {
    const auto server = test::open({}, test::echo_path);
    Wire client(server->port());
    for (const std::string path : {"/first", "/second", "/third"}) {
        ASSERT_TRUE(client.send(get(path)));
        const std::string answer = client.read_answer();
        EXPECT_EQ(test::status_of(answer), 200);
        EXPECT_EQ(test::body_of(answer), path);
        EXPECT_EQ(answer.find("Connection:"), std::string::npos);
    }
    EXPECT_EQ(server->counts().connections_accepted, 1U);
    EXPECT_EQ(server->counts().requests, 3U);
}

TEST(Server, RefusesAPortThatSomebodyElseHolds) {
    const auto server = test::open({}, test::echo_path);
    ServerOptions options;
    options.port = server->port();
    const auto second = BoundSockets::bind(options);
    ASSERT_FALSE(second.is_ok());
    EXPECT_EQ(second.failure().kind, base::FailureKind::unavailable);
    EXPECT_EQ(second.failure().what,
              "127.0.0.1:" + std::to_string(server->port()) + " is in use by another process");
}

TEST(Server, SpreadsConnectionsOverItsThreads) {
    ServerOptions options;
    options.thread_count = 2;
    const auto server = test::open(options, [](const Request&, Reply reply) {
        const std::string number = std::to_string(reply.loop().number());
        reply.send(test::text(number));
    });
    std::set<std::string> seen;
    // The kernel spreads by a hash of the addresses: that 64 ports all fall on one side doesn't
    // happen.
    for (int i = 0; i < 64; ++i) {
        Wire client(server->port());
        ASSERT_TRUE(client.send(get("/")));
        seen.insert(test::body_of(client.read_answer()));
    }
    EXPECT_EQ(seen, (std::set<std::string>{"0", "1"}));
}

TEST(Server, GivesItsPortBackWithItsEnd) {
    auto server = test::open({}, test::echo_path);
    ServerOptions options;
    options.port = server->port();
    Wire client(options.port);
    ASSERT_TRUE(client.send(get("/")));
    EXPECT_EQ(test::status_of(client.read_answer()), 200);
    server.reset();
    const auto next = test::open(options, test::echo_path);
    EXPECT_EQ(next->port(), options.port);
}

TEST(Server, TurnsAwayTheFirstConnectionTooMany) {
    ServerOptions options;
    options.connections_max = 2;
    const auto server = test::open(options, test::echo_path);
    Wire first(server->port());
    Wire second(server->port());
    ASSERT_TRUE(first.send(get("/first")));
    ASSERT_TRUE(second.send(get("/second")));
    EXPECT_EQ(test::status_of(first.read_answer()), 200);
    EXPECT_EQ(test::status_of(second.read_answer()), 200);

    Wire third(server->port());
    ASSERT_TRUE(third.send(get("/third")));
    const std::string refusal = third.read_to_end();
    EXPECT_EQ(test::status_of(refusal), 503);
    EXPECT_NE(refusal.find("Retry-After: 1\r\n"), std::string::npos);
    EXPECT_NE(refusal.find("\"code\":\"overloaded\""), std::string::npos);
    EXPECT_FALSE(third.was_reset());
    EXPECT_EQ(server->counts().connections_refused, 1U);
    EXPECT_EQ(server->counts().requests, 2U);

    first.close();
    ASSERT_TRUE(test::eventually(*server->loops().front(),
                                 [&] { return server->counts().connections_open == 1; }));
    Wire fourth(server->port());
    ASSERT_TRUE(fourth.send(get("/fourth")));
    EXPECT_EQ(test::status_of(fourth.read_answer()), 200);
}

TEST(Drain, LosesNoRequestUnderLoad) {
    ServerOptions options;
    options.thread_count = 2;
    const auto server = test::open(options, [](const Request& request, Reply reply) {
        Loop& loop = reply.loop();
        loop.post([path = request.path, held = std::move(reply)]() mutable {
            held.send(test::text(path));
        });
    });
    constexpr int client_count = 8;
    std::atomic<int> answered_once = 0;
    std::atomic<int> lost = 0;
    std::atomic<int> told_to_leave = 0;
    std::vector<std::thread> clients;
    for (int number = 0; number < client_count; ++number) {
        clients.emplace_back([&, number] {
            Wire client(server->port());
            for (int i = 0;; ++i) {
                const std::string path = "/" + std::to_string(number) + "/" + std::to_string(i);
                client.send(get(path));
                const std::string answer = client.read_answer();
                if (test::body_of(answer) != path) {
                    ++lost;
                    return;
                }
                if (i == 0) ++answered_once;
                if (answer.find("Connection: close\r\n") != std::string::npos) {
                    ++told_to_leave;
                    return;
                }
            }
        });
    }
    ASSERT_TRUE(
        test::eventually(*server->loops().front(), [&] { return answered_once == client_count; }));
    server->begin_drain();
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(lost, 0);
    EXPECT_EQ(told_to_leave, client_count);
    server->stop(test::patience);
    EXPECT_EQ(server->counts().connections_open, 0U);
}

TEST(Drain, ServesThoseWhoWaitInTheKernelsQueue) {
    const auto server = test::open({}, test::echo_path);
    std::promise<void> release;
    server->loops().front()->post([&] { release.get_future().wait(); });
    std::vector<std::unique_ptr<Wire>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<Wire>(server->port()));
        ASSERT_TRUE(clients.back()->send(get("/queued")));
    }
    server->begin_drain();
    release.set_value();
    for (const auto& client : clients) {
        const std::string answer = client->read_to_end();
        EXPECT_EQ(test::body_of(answer), "/queued");
        EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    }
    EXPECT_FALSE(Wire(server->port()).is_connected());
}

TEST(Drain, LetsIdleConnectionsAskOnceMoreForAWhile) {
    test::ManualClock clock;
    const auto server = test::open({}, test::echo_path, clock);
    Wire asking(server->port());
    Wire silent(server->port());
    ASSERT_TRUE(asking.send(get("/first")));
    EXPECT_EQ(test::body_of(asking.read_answer()), "/first");
    server->begin_drain();
    test::catch_up_with(*server->loops().front());
    ASSERT_TRUE(asking.send(get("/last")));
    const std::string last = asking.read_to_end();
    EXPECT_EQ(test::body_of(last), "/last");
    EXPECT_NE(last.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(silent.is_silent());
    clock.advance(ServerOptions().drain_timeout);
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_FALSE(silent.was_reset());
}

TEST(Drain, CountsAConnectionAsIdleOnceItHasItsAnswer) {
    test::ManualClock clock;
    HeldReplies held;
    const auto server = test::open({}, held.handler(), clock);
    Loop& loop = *server->loops().front();
    Wire client(server->port(), 4096);
    ASSERT_TRUE(client.send(get("/")));
    held.wait_for(1);
    const std::string large(8 * 1024 * 1024, 'x');
    held.answer_all(loop, large);
    test::catch_up_with(loop);
    // The answer is on its way and says nothing of an end.
    server->begin_drain();
    EXPECT_EQ(test::body_of(client.read_answer()), large);
    ASSERT_TRUE(client.send(get("/last")));
    held.wait_for(1);
    held.answer_all(loop, "last");
    EXPECT_EQ(test::body_of(client.read_to_end()), "last");
}

TEST(Drain, WaitsNoLongerForOneThatWasBeingAnswered) {
    test::ManualClock clock;
    HeldReplies held;
    const auto server = test::open({}, held.handler(), clock);
    Loop& loop = *server->loops().front();
    Wire client(server->port(), 4096);
    ASSERT_TRUE(client.send(get("/")));
    held.wait_for(1);
    held.answer_all(loop, std::string(8 * 1024 * 1024, 'x'));
    test::catch_up_with(loop);
    server->begin_drain();
    EXPECT_EQ(test::status_of(client.read_answer()), 200);
    test::catch_up_with(loop);
    test::catch_up_with(loop);
    clock.advance(ServerOptions().drain_timeout);
    EXPECT_EQ(client.read_to_end(), "");
}

TEST(Stop, WaitsForTheAnswersThatAreOwed) {
    HeldReplies held;
    const auto server = test::open({}, held.handler());
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    held.wait_for(1);
    auto stopping = std::async(std::launch::async, [&] { server->stop(test::patience); });
    while (Wire(server->port()).is_connected()) {
    }
    held.answer_all(*server->loops().front(), "owed");
    const std::string answer = client.read_to_end();
    EXPECT_EQ(test::body_of(answer), "owed");
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    client.close();
    stopping.get();
    EXPECT_EQ(server->counts().connections_open, 0U);
}

TEST(Stop, CutsWhatTakesLongerThanItsPatience) {
    HeldReplies held;
    const auto server = test::open({}, held.handler());
    Wire waiting(server->port());
    Wire halfway(server->port());
    ASSERT_TRUE(halfway.send("GET / HTTP/1.1\r\n"));
    ASSERT_TRUE(waiting.send(get("/")));
    held.wait_for(1);
    server->stop(milliseconds(1));
    EXPECT_EQ(waiting.read_to_end(), "");
    EXPECT_EQ(halfway.read_to_end(), "");
    EXPECT_EQ(server->counts().connections_open, 0U);
    server->stop(milliseconds(1));
}

}  // namespace
}  // namespace dibs::http
