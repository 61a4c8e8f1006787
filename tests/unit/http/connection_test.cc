// Goal: a conversation goes as RFC 9110 and RFC 9112 say: pipelining in order, HEAD, HTTP/1.0,
// Expect, the last answer; and every request has exactly one answer, whatever the handler does.
// Method: real sockets, and handlers that hold or drop their replies.

#include "http/connection.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "unit/http/serving.h"
#include "unit/http/wire.h"

namespace dibs::http {
namespace {

using test::get;
using test::Wire;

TEST(Connection, AnswersPipelinedRequestsInTheirOrder) {
    const auto server = test::open({}, test::echo_path);
    Wire client(server->port());
    std::string requests;
    for (int i = 0; i < 200; ++i) requests += get("/" + std::to_string(i));
    ASSERT_TRUE(client.send(requests));
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(test::body_of(client.read_answer()), "/" + std::to_string(i));
    }
}

TEST(Connection, HandsOverOnePipelinedRequestAtATime) {
    test::HeldReplies held;
    const auto server = test::open({}, held.handler());
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/first") + get("/second")));
    held.wait_for(1);
    test::catch_up_with(*server->loops().front());
    EXPECT_EQ(server->counts().requests, 1U);
    held.answer_all(*server->loops().front(), "one");
    EXPECT_EQ(test::body_of(client.read_answer()), "one");
    held.wait_for(1);
    held.answer_all(*server->loops().front(), "two");
    EXPECT_EQ(test::body_of(client.read_answer()), "two");
}

TEST(Connection, NeverCallsAHandlerFromWithinAnAnswer) {
    bool is_sending = false;
    bool was_nested = false;
    std::vector<Reply> held;
    const auto server = test::open({}, [&](const Request& request, Reply reply) {
        was_nested = was_nested || is_sending;
        Loop& loop = reply.loop();
        held.push_back(std::move(reply));
        loop.post([&, path = request.path] {
            is_sending = true;
            std::exchange(held, {}).front().send(test::text(path));
            is_sending = false;
        });
    });
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/a") + get("/b") + get("/c")));
    EXPECT_EQ(test::body_of(client.read_answer()), "/a");
    EXPECT_EQ(test::body_of(client.read_answer()), "/b");
    EXPECT_EQ(test::body_of(client.read_answer()), "/c");
    client.close();
    server->stop(test::patience);
    EXPECT_FALSE(was_nested);
}

TEST(Connection, AnswersHeadLikeGetWithoutTheBody) {
    const auto server = test::open({}, test::echo_path);
    Wire client(server->port());
    ASSERT_TRUE(client.send("HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n" + get("/get")));
    const std::string head = client.read_answer(false);
    EXPECT_EQ(test::status_of(head), 200);
    EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_NE(head.find("Content-Type: text/plain\r\n"), std::string::npos);
    EXPECT_EQ(test::body_of(client.read_answer()), "/get");
}

TEST(Connection, ClosesAfterTheAnswerThatWasToBeTheLast) {
    const auto server = test::open({}, test::echo_path);
    Wire client(server->port());
    ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    const std::string answer = client.read_to_end();
    EXPECT_EQ(test::status_of(answer), 200);
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
}

TEST(Connection, ClosesWhenTheResponseSaysSo) {
    const auto server = test::open({}, [](const Request&, Reply reply) {
        Response response = test::text("bye");
        response.must_close = true;
        reply.send(std::move(response));
    });
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    const std::string answer = client.read_to_end();
    EXPECT_EQ(test::body_of(answer), "bye");
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
}

TEST(Connection, SpeaksHttp10) {
    const auto server = test::open({}, test::echo_path);
    Wire short_visit(server->port());
    ASSERT_TRUE(short_visit.send("GET /a HTTP/1.0\r\n\r\n"));
    const std::string answer = short_visit.read_to_end();
    EXPECT_EQ(test::body_of(answer), "/a");
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);

    Wire long_visit(server->port());
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(long_visit.send("GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        const std::string kept = long_visit.read_answer();
        EXPECT_EQ(test::body_of(kept), "/b");
        EXPECT_NE(kept.find("Connection: keep-alive\r\n"), std::string::npos);
    }
}

TEST(Connection, TellsAWaitingClientToGoOn) {
    const auto server = test::open(
        {}, [](const Request& request, Reply reply) { reply.send(test::text(request.body)); });
    Wire client(server->port());
    ASSERT_TRUE(client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"));
    EXPECT_EQ(client.read_answer(false), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(client.send("body"));
    EXPECT_EQ(test::body_of(client.read_answer()), "body");
}

TEST(Connection, RefusesABodyBeforeItIsSentToAWaitingClient) {
    const auto server = test::open({}, test::echo_path);
    Wire client(server->port());
    ASSERT_TRUE(client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999\r\n\r\n"));
    EXPECT_EQ(test::status_of(client.read_to_end()), 413);
}

TEST(Connection, ReadsABodyThatComesInPieces) {
    const auto server = test::open(
        {}, [](const Request& request, Reply reply) { reply.send(test::text(request.body)); });
    Wire client(server->port());
    const std::string body(60'000, 'b');
    ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n"));
    for (std::size_t at = 0; at < body.size(); at += 7'500) {
        ASSERT_TRUE(client.send(body.substr(at, 7'500)));
    }
    EXPECT_EQ(test::body_of(client.read_answer()), body);
}

TEST(Connection, StampsTheArrivalOfTheLastByte) {
    test::ManualClock clock;
    const auto server = test::open(
        {},
        [](const Request& request, Reply reply) {
            reply.send(test::text(base::to_rfc3339(request.arrived_at)));
        },
        clock);
    Wire client(server->port());
    ASSERT_TRUE(client.send("GET / HTTP/1.1\r\n"));
    test::catch_up_with(*server->loops().front());
    clock.advance(std::chrono::milliseconds(1'500));
    ASSERT_TRUE(client.send("Host: a\r\n\r\n"));
    const std::string answer = client.read_answer();
    EXPECT_EQ(test::body_of(answer), "2026-11-27T03:00:01.500000Z");
    EXPECT_NE(answer.find("Date: Fri, 27 Nov 2026 03:00:01 GMT\r\n"), std::string::npos);
}

TEST(Connection, AnswersForAReplyThatWasDropped) {
    test::HeldReplies held;
    const auto server = test::open({}, held.handler());
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    held.wait_for(1);
    held.drop_all(*server->loops().front());
    const std::string answer = client.read_answer();
    EXPECT_EQ(test::status_of(answer), 500);
    EXPECT_NE(answer.find("\"code\":\"internal-error\""), std::string::npos);
    ASSERT_TRUE(client.send(get("/again")));
    held.wait_for(1);
    held.answer_all(*server->loops().front(), "again");
    EXPECT_EQ(test::body_of(client.read_answer()), "again");
}

TEST(Connection, AnswersForAHandlerThatThrew) {
    const auto server = test::open(
        {}, [](const Request&, Reply) { throw std::runtime_error("a bug of the handler"); });
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    EXPECT_EQ(test::status_of(client.read_answer()), 500);
}

TEST(Connection, LetsNoValueBreakOutOfItsField) {
    const auto server = test::open({}, [](const Request&, Reply reply) {
        Response response = test::text("");
        response.fields.push_back({"Location", "/a\r\nSet-Cookie: b"});
        reply.send(std::move(response));
    });
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    EXPECT_NE(client.read_answer().find("Location: /a  Set-Cookie: b\r\n"), std::string::npos);
}

TEST(Connection, ForgetsAClientThatLeftBeforeItsAnswer) {
    test::HeldReplies held;
    const auto server = test::open({}, held.handler());
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    held.wait_for(1);
    client.reset();
    held.answer_all(*server->loops().front(), "too late");
    server->stop(test::patience);
    EXPECT_EQ(server->counts().connections_open, 0U);
}

TEST(Connection, SendsAnAnswerThatIsLargerThanTheKernelTakes) {
    const std::string large(8 * 1024 * 1024, 'x');
    const auto server =
        test::open({}, [&](const Request&, Reply reply) { reply.send(test::text(large)); });
    Wire client(server->port(), 4096);
    ASSERT_TRUE(client.send(get("/first") + get("/second")));
    EXPECT_EQ(test::body_of(client.read_answer()), large);
    EXPECT_EQ(test::body_of(client.read_answer()), large);
}

TEST(Connection, OutlivesItsServerInAReplyThatSomebodyKept) {
    test::HeldReplies held;
    auto server = test::open({}, held.handler());
    Wire client(server->port());
    ASSERT_TRUE(client.send(get("/")));
    held.wait_for(1);
    std::vector<Reply> kept = held.take();
    server->stop(std::chrono::milliseconds(0));
    server.reset();
    EXPECT_EQ(client.read_to_end(), "");
    kept.front().send(test::text("nobody hears this"));
}

}  // namespace
}  // namespace dibs::http
