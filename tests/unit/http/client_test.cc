// Goal: the client hears whole answers however they are framed, keeps its connection, and never
// waits beyond its time. Method: against the server, and against sockets that misbehave.

#include "http/client.h"

#include <gtest/gtest.h>

#include "http/router.h"
#include "http/server.h"

namespace dibs::http {
namespace {

using std::chrono::milliseconds;

TEST(Client, GetsAnswersThroughARouterOverOneConnection) {
    const Router router({{Method::get, "/coupons/{id}",
                          [](const Request&, const PathParameters& parameters, Reply reply) {
                              Response response;
                              response.content_type = "text/plain";
                              response.body = parameters.front();
                              reply.send(std::move(response));
                          }}});
    const base::SystemClock clock;
    const auto opened = Server::open(
        {}, [&](const Request& request, Reply reply) { router.handle(request, std::move(reply)); },
        clock);
    ASSERT_TRUE(opened.is_ok());
    Server& server = **opened;
    Client client("127.0.0.1", server.port(), milliseconds(20'000));

    const auto found = client.request("GET", "/coupons/42");
    ASSERT_TRUE(found.is_ok());
    EXPECT_EQ(found->status, 200U);
    EXPECT_EQ(found->body, "42");
    EXPECT_EQ(found->field("content-type"), "text/plain");
    const auto missing = client.request("GET", "/nothing");
    ASSERT_TRUE(missing.is_ok());
    EXPECT_EQ(missing->status, 404U);
    const auto wrong_method = client.request("POST", "/coupons/42", {}, "{}");
    ASSERT_TRUE(wrong_method.is_ok());
    EXPECT_EQ(wrong_method->status, 405U);
    EXPECT_EQ(wrong_method->field("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(server.counts().connections_accepted, 1U);
}

}  // namespace
}  // namespace dibs::http
