// Goal: requests are answered, in order, over connections that stay, and the port is ours alone.
// Method: a real server on a free port and clients that see every byte.

#include "http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>

#include "wire.h"

namespace dibs::http {
namespace {

using test::get;
using test::Wire;

Response text(std::string body) {
    Response response;
    response.content_type = "text/plain";
    response.body = std::move(body);
    return response;
}

/// Answers at once with the request's path.
void echo_path(const Request& request, Reply reply) {
    reply.send(text(request.path));
}

std::unique_ptr<Server> open(ServerOptions options, Server::Handler handler) {
    static const base::SystemClock clock;
    auto opened = Server::open(options, std::move(handler), clock);
    base::ensure(opened.is_ok(), "a test's server opens");
    return std::move(opened).value();
}

TEST(Server, AnswersAndKeepsTheConnection) {
    const auto server = open({}, echo_path);
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
    const auto server = open({}, echo_path);
    ServerOptions options;
    options.port = server->port();
    const base::SystemClock clock;
    const auto second = Server::open(options, echo_path, clock);
    ASSERT_FALSE(second.is_ok());
    EXPECT_EQ(second.failure().kind, base::FailureKind::unavailable);
    EXPECT_EQ(second.failure().what,
              "127.0.0.1:" + std::to_string(server->port()) + " is in use by another process");
}

TEST(Server, SpreadsConnectionsOverItsThreads) {
    ServerOptions options;
    options.thread_count = 2;
    const auto server = open(options, [](const Request&, Reply reply) {
        const std::string number = std::to_string(reply.loop().number());
        reply.send(text(number));
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

}  // namespace
}  // namespace dibs::http
