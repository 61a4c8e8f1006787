// Goal: the client hears whole answers however they are framed, keeps its connection, asks again
// only what may be asked again, and never waits beyond its time.
// Method: against the server, and against a peer that says what the test tells it to say.

#include "http/client.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <thread>

#include "http/router.h"
#include "unit/http/serving.h"
#include "unit/http/wire.h"

namespace dibs::http {
namespace {

using base::FailureKind;
using std::chrono::milliseconds;

/// A peer on a port of its own that serves one connection after another by a script: for each, the
/// answers to the requests on it; after the last it closes. Notes what it was asked.
class ScriptedPeer {
public:
    using Connections = std::vector<std::vector<std::string>>;

    explicit ScriptedPeer(Connections connections)
        : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        base::ensure(::bind(listening_.number(), generic, size) == 0, "a free port is found");
        base::ensure(::listen(listening_.number(), 16) == 0, "a test listens");
        ::getsockname(listening_.number(), generic, &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, script = std::move(connections)] {
            for (const auto& answers : script) serve(answers);
        });
    }
    ~ScriptedPeer() { join(); }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// The requests, once the script has been played.
    const std::vector<std::string>& requests() {
        join();
        return requests_;
    }

private:
    void serve(const std::vector<std::string>& answers) {
        const Descriptor socket(::accept(listening_.number(), nullptr, nullptr));
        for (const std::string& answer : answers) {
            std::string request;
            char c = 0;
            while (!request.ends_with("\r\n\r\n") && ::recv(socket.number(), &c, 1, 0) == 1) {
                request += c;
            }
            requests_.push_back(request);
            ::send(socket.number(), answer.data(), answer.size(), MSG_NOSIGNAL);
        }
    }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

    Descriptor listening_;
    std::uint16_t port_ = 0;
    std::vector<std::string> requests_;
    std::thread thread_;
};

const std::string short_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

Client client_of(std::uint16_t port) {
    return {"127.0.0.1", port, test::patience};
}

TEST(Client, GetsAnswersThroughARouterOverOneConnection) {
    const Router router({{Method::get, "/coupons/{id}",
                          [](const Request&, const PathParameters& parameters, Reply reply) {
                              reply.send(test::text(parameters.front()));
                          }}});
    const auto server = test::open(
        {}, [&](const Request& request, Reply reply) { router.handle(request, std::move(reply)); });
    Client client = client_of(server->port());
    const auto found = client.request("GET", "/coupons/42");
    ASSERT_TRUE(found.is_ok());
    EXPECT_EQ(found->status, 200U);
    EXPECT_EQ(found->body, "42");
    EXPECT_EQ(found->field("content-type"), "text/plain");
    EXPECT_EQ(found->field("absent"), std::nullopt);
    EXPECT_EQ(client.request("GET", "/nothing")->status, 404U);
    EXPECT_EQ(client.request("POST", "/coupons/42", {}, "{}")->status, 405U);
    EXPECT_EQ(server->counts().connections_accepted, 1U);
}

TEST(Client, SendsFieldsAndBody) {
    const auto server = test::open({}, [](const Request& request, Reply reply) {
        reply.send(test::text(request.method_name + " " + std::string(*request.field("x-test")) +
                              " " + std::string(*request.field("host")) + " " + request.body));
    });
    Client client = client_of(server->port());
    const auto response = client.request("PUT", "/", {{"X-Test", "a"}}, "body");
    ASSERT_TRUE(response.is_ok());
    EXPECT_EQ(response->body, "PUT a 127.0.0.1:" + std::to_string(server->port()) + " body");
}

TEST(Client, HearsEveryFraming) {
    const std::vector<std::string> answers{
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "6;a=b\r\nhello \r\n5\r\nworld\r\n0\r\nTrailer: x\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world",
        "HTTP/1.1 200 OK\r\n\r\nhello world",
    };
    ScriptedPeer peer({answers, {"HTTP/1.0 200 OK\r\n\r\nhello world"}});
    Client client = client_of(peer.port());
    for (int i = 0; i < 5; ++i) {
        const auto response = client.request("GET", "/");
        ASSERT_TRUE(response.is_ok()) << i << ": " << response.failure().what;
        EXPECT_EQ(response->status, 200U) << i;
        EXPECT_EQ(response->body, "hello world") << i;
    }
}

TEST(Client, WaitsForNoBodyWhereThereIsNone) {
    ScriptedPeer peer(
        {{"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n",
          "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n"}});
    Client client = client_of(peer.port());
    EXPECT_EQ(client.request("HEAD", "/")->field("content-length"), "99");
    EXPECT_EQ(client.request("DELETE", "/")->status, 204U);
    EXPECT_EQ(client.request("GET", "/")->status, 304U);
}

TEST(Client, TakesNoPartForTheWhole) {
    for (const std::string answer :
         {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n"}) {
        ScriptedPeer peer({{answer}});
        const auto response = client_of(peer.port()).request("POST", "/");
        ASSERT_FALSE(response.is_ok()) << answer;
        EXPECT_EQ(response.failure().kind, FailureKind::unavailable) << answer;
    }
}

TEST(Client, RefusesWhatIsNotHttp) {
    ScriptedPeer peer({{"SSH-2.0-OpenSSH_9.2\r\n"}});
    const auto response = client_of(peer.port()).request("GET", "/");
    ASSERT_FALSE(response.is_ok());
    EXPECT_EQ(response.failure().kind, FailureKind::invalid);
}

TEST(Client, ConnectsAgainAfterAClose) {
    const std::string last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
    ScriptedPeer peer({{last}, {short_answer}, {short_answer}});
    Client client = client_of(peer.port());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client.request("GET", "/")->body, "hi");
}

TEST(Client, AsksAgainOnAFreshConnectionOnlyWhatMayBeAskedTwice) {
    // The peer hears the second request on the kept connection and closes without a word.
    ScriptedPeer kind({{short_answer, ""}, {short_answer}});
    Client client = client_of(kind.port());
    ASSERT_TRUE(client.request("GET", "/first").is_ok());
    ASSERT_TRUE(client.request("GET", "/second").is_ok());
    ASSERT_EQ(kind.requests().size(), 3U);
    EXPECT_TRUE(kind.requests()[1].starts_with("GET /second "));
    EXPECT_TRUE(kind.requests()[2].starts_with("GET /second "));

    ScriptedPeer strict({{short_answer, ""}});
    Client careful = client_of(strict.port());
    ASSERT_TRUE(careful.request("GET", "/first").is_ok());
    const auto response = careful.request("POST", "/second");
    ASSERT_FALSE(response.is_ok());
    EXPECT_EQ(response.failure().kind, FailureKind::unavailable);
    EXPECT_EQ(strict.requests().size(), 2U);
}

TEST(Client, WaitsNoLongerThanItsTime) {
    test::HeldReplies held;
    const auto server = test::open({}, held.handler());
    Client client("127.0.0.1", server->port(), milliseconds(50));
    const auto begin = std::chrono::steady_clock::now();
    const auto response = client.request("GET", "/");
    ASSERT_FALSE(response.is_ok());
    EXPECT_EQ(response.failure().kind, FailureKind::expired);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(50));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, test::patience);
    held.drop_all(*server->loops().front());
}

TEST(Client, GivesATricklingAnswerNoMoreTime) {
    std::atomic<bool> is_over = false;
    const auto server = test::open({}, [&](const Request&, Reply reply) {
        Response response = test::text("");
        response.stream = [&](TakeChunk take) { take(Chunk{"x", is_over, false}); };
        reply.send(std::move(response));
    });
    Client client("127.0.0.1", server->port(), milliseconds(50));
    const auto response = client.request("GET", "/");
    ASSERT_FALSE(response.is_ok());
    EXPECT_EQ(response.failure().kind, FailureKind::expired);
    is_over = true;
}

TEST(Client, SaysWhenNobodyListens) {
    const auto server = test::open({}, test::echo_path);
    const std::uint16_t port = server->port();
    server->stop(milliseconds(0));
    const auto response = client_of(port).request("GET", "/");
    ASSERT_FALSE(response.is_ok());
    EXPECT_EQ(response.failure().kind, FailureKind::unavailable);
    EXPECT_EQ(response.failure().what,
              "connecting to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST(Client, TakesAnAddressInBrackets) {
    ServerOptions options;
    options.host = "[::1]";
    const base::SystemClock clock;
    auto sockets = BoundSockets::bind(options);
    if (!sockets) GTEST_SKIP() << "this machine has no IPv6: " << sockets.failure().what;
    const auto opened = Server::open(*std::move(sockets), test::echo_path, clock);
    ASSERT_TRUE(opened.is_ok()) << opened.failure().what;
    Client client("[::1]", (*opened)->port(), test::patience);
    const auto response = client.request("GET", "/six");
    ASSERT_TRUE(response.is_ok()) << response.failure().what;
    EXPECT_EQ(response->body, "/six");
}

}  // namespace
}  // namespace dibs::http
