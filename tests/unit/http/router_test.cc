// Goal: each request finds its route or learns what is wrong with it, and no path finds a route
// that was meant for another. Method: a table of routes like this project's own, asked over HTTP.

#include "http/router.h"

#include <gtest/gtest.h>

#include "http/client.h"
#include "unit/http/serving.h"

namespace dibs::http {
namespace {

/// Answers with its pattern and parameters, so that a test sees which route it was.
Route route(Method method, const std::string& pattern) {
    return {method, pattern, [pattern](const Request&, const PathParameters& found, Reply reply) {
                std::string seen = pattern;
                for (const std::string& parameter : found) seen += " " + parameter;
                reply.send(test::text(seen));
            }};
}

class Routing : public testing::Test {
protected:
    Routing()
        : router_({
              route(Method::get, "/"),
              route(Method::get, "/coupons"),
              route(Method::post, "/coupons"),
              route(Method::get, "/coupons/me"),
              route(Method::get, "/coupons/me/{id}"),
              route(Method::get, "/coupons/{couponId}"),
              route(Method::patch, "/coupons/{couponId}"),
              route(Method::post, "/coupons/{couponId}/me"),
              route(Method::get, "/coupons/{couponId}/inventory"),
              route(Method::head, "/probe"),
              route(Method::options, "/own-options"),
          }),
          server_(
              test::open({}, [this](const Request& request,
                                    Reply reply) { router_.handle(request, std::move(reply)); })),
          client_("127.0.0.1", server_->port(), test::patience) {}

    ClientResponse ask(std::string_view method, std::string_view target) {
        auto response = client_.request(method, target);
        base::ensure(response.is_ok(), "a router's request is answered");
        return std::move(response).value();
    }
    std::string get(std::string_view target) { return ask("GET", target).body; }

    Router router_;
    std::unique_ptr<Server> server_;
    Client client_;
};

TEST_F(Routing, FindsLiteralPathsAndNames) {
    EXPECT_EQ(get("/"), "/");
    EXPECT_EQ(get("/coupons"), "/coupons");
    EXPECT_EQ(get("/coupons?limit=5"), "/coupons");
    EXPECT_EQ(get("/coupons/42"), "/coupons/{couponId} 42");
    EXPECT_EQ(get("/coupons/42/inventory"), "/coupons/{couponId}/inventory 42");
    EXPECT_EQ(get("/coupons/me/42-7"), "/coupons/me/{id} 42-7");
    EXPECT_EQ(ask("POST", "/coupons/42/me").body, "/coupons/{couponId}/me 42");
    EXPECT_EQ(ask("POST", "/coupons").body, "/coupons");
}

TEST_F(Routing, PrefersALiteralAndGoesBackWhereItLeadsNowhere) {
    EXPECT_EQ(get("/coupons/me"), "/coupons/me");
    EXPECT_EQ(get("/coupons/me/me"), "/coupons/me/{id} me");
    EXPECT_EQ(ask("POST", "/coupons/me").status, 405U);
    Router router({route(Method::get, "/a/me"), route(Method::get, "/a/{x}/b")});
    const auto server = test::open(
        {}, [&](const Request& request, Reply reply) { router.handle(request, std::move(reply)); });
    Client client("127.0.0.1", server->port(), test::patience);
    EXPECT_EQ(client.request("GET", "/a/me/b")->body, "/a/{x}/b me");
}

TEST_F(Routing, DecodesParametersAfterThePathWasTakenApart) {
    EXPECT_EQ(get("/coupons/a%20b%2Fc"), "/coupons/{couponId} a b/c");
    EXPECT_EQ(get("/coupons/a+b"), "/coupons/{couponId} a+b");
    EXPECT_EQ(get("/coupons/m%65"), "/coupons/me");
}

TEST_F(Routing, RefusesMalformedEscapes) {
    for (const char* path : {"/coupons/%", "/coupons/%4", "/coupons/%4x", "/%zz/nothing"}) {
        const ClientResponse response = ask("GET", path);
        EXPECT_EQ(response.status, 400U) << path;
        EXPECT_NE(response.body.find("\"code\":\"malformed-request\""), std::string::npos);
    }
}

TEST_F(Routing, KnowsNothingElse) {
    for (const char* path : {"/coupons/", "/coupons//me", "//", "/coupon", "/coupons/42/",
                             "/coupons/42/me/", "/COUPONS", "/coupons/42/inventory/1"}) {
        const ClientResponse response = ask("GET", path);
        EXPECT_EQ(response.status, 404U) << path;
        EXPECT_EQ(response.field("content-type"), "application/problem+json");
        EXPECT_NE(response.body.find("\"code\":\"not-found\""), std::string::npos);
    }
}

TEST_F(Routing, TellsWhatIsAllowedInsteadOfAWrongMethod) {
    const ClientResponse response = ask("DELETE", "/coupons");
    EXPECT_EQ(response.status, 405U);
    EXPECT_EQ(response.field("allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_NE(response.body.find("\"code\":\"method-not-allowed\""), std::string::npos);
    EXPECT_EQ(ask("BREW", "/coupons").status, 405U);
    EXPECT_EQ(ask("GET", "/coupons/42/me").field("allow"), "POST, OPTIONS");
}

TEST_F(Routing, AnswersOptionsByItselfUnlessARouteDoes) {
    const ClientResponse path = ask("OPTIONS", "/coupons/42");
    EXPECT_EQ(path.status, 204U);
    EXPECT_EQ(path.field("allow"), "GET, HEAD, PATCH, OPTIONS");
    EXPECT_EQ(path.field("content-length"), std::nullopt);
    const ClientResponse anywhere = ask("OPTIONS", "*");
    EXPECT_EQ(anywhere.status, 204U);
    EXPECT_EQ(anywhere.field("allow"), "GET, HEAD, POST, PATCH, OPTIONS");
    EXPECT_EQ(ask("OPTIONS", "/own-options").body, "/own-options");
    EXPECT_EQ(ask("OPTIONS", "/nothing").status, 404U);
}

TEST_F(Routing, AnswersHeadThroughGetUnlessARouteDoes) {
    const ClientResponse response = ask("HEAD", "/coupons");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.field("content-length"), "8");
    EXPECT_EQ(response.body, "");
    EXPECT_EQ(ask("HEAD", "/probe").status, 200U);
    EXPECT_EQ(ask("GET", "/probe").status, 405U);
}

TEST_F(Routing, RemembersItsRoutesAsTheyWereGiven) {
    ASSERT_EQ(router_.routes().size(), 11U);
    EXPECT_EQ(router_.routes()[7].pattern, "/coupons/{couponId}/me");
    EXPECT_EQ(router_.routes()[7].method, Method::post);
}

TEST(RouterDeathTest, TakesNoRouteTwice) {
    EXPECT_DEATH(Router({route(Method::get, "/a/{b}"), route(Method::get, "/a/{c}")}),
                 "declared once");
}

}  // namespace
}  // namespace dibs::http
