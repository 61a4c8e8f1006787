// Goal: what a request carries is found, decoded, and never confused. Method: tables.

#include "http/message.h"

#include <gtest/gtest.h>

#include "http/percent.h"
#include "http/problem.h"
#include "http/response_writer.h"
#include "http/target.h"

namespace dibs::http {
namespace {

TEST(Request, FindsItsFields) {
    Request request;
    request.fields = {{"accept", "a"}, {"x", "1"}, {"accept", "b"}};
    EXPECT_EQ(request.field("accept"), "a");
    EXPECT_EQ(request.field("absent"), std::nullopt);
    EXPECT_EQ(request.field_count("accept"), 2U);
    EXPECT_EQ(request.field_count("absent"), 0U);
}

TEST(Request, FindsAndDecodesItsQueryParameters) {
    Request request;
    request.query = "limit=20&cursor=a%2Bb%3D+c&empty=&flag&limit=30&na%6De=x&bad=%4&=nameless";
    EXPECT_EQ(request.query_parameter("limit"), "20");
    EXPECT_EQ(request.query_parameter("cursor"), "a+b= c");
    EXPECT_EQ(request.query_parameter("empty"), "");
    EXPECT_EQ(request.query_parameter("flag"), "");
    EXPECT_EQ(request.query_parameter("name"), "x");
    EXPECT_EQ(request.query_parameter("bad"), std::nullopt);
    EXPECT_EQ(request.query_parameter("absent"), std::nullopt);
    EXPECT_EQ(request.query_parameter("imit"), std::nullopt);
    request.query.clear();
    EXPECT_EQ(request.query_parameter("limit"), std::nullopt);
}

TEST(Percent, DecodesEscapesAndRefusesMalformedOnes) {
    EXPECT_EQ(decode_percent("a%20b%c3%A4+"), "a b\xC3\xA4+");
    EXPECT_EQ(decode_percent(""), "");
    EXPECT_EQ(decode_percent("%00"), std::string(1, '\0'));
    EXPECT_EQ(decode_query_component("a+b%2B"), "a b+");
    for (const char* text : {"%", "%1", "a%1", "%g1", "%1g", "%%20", "%-1"}) {
        EXPECT_EQ(decode_percent(text), std::nullopt) << text;
    }
}

TEST(Host, IsAHostWithOrWithoutAPort) {
    for (const char* text : {"a", "a.example", "a.example:80", "127.0.0.1:8080", "[::1]",
                             "[::1]:80", "a:", "x_y~z", "%41"}) {
        EXPECT_TRUE(is_host(text)) << text;
    }
    for (const char* text : {"", ":80", "a b", "a/b", "a@b", "a:b", "a:80:90", "[]", "[::1",
                             "[::1]x", "[g]", "::1", "a\"", "a,b c", "\xC3\xA4"}) {
        EXPECT_FALSE(is_host(text)) << text;
    }
}

TEST(Problem, IsWrittenAsItsMediaTypeSays) {
    const Problem problem{409, "coupon-already-registered", "Already registered",
                          "You \"hold\" it."};
    EXPECT_EQ(open_problem_json(problem) + "}",
              R"({"type":"/problems/coupon-already-registered","title":"Already registered",)"
              R"("status":409,"detail":"You \"hold\" it.","code":"coupon-already-registered"})");
    const Response response = to_response(problem);
    EXPECT_EQ(response.status, 409U);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(response.body, open_problem_json(problem) + "}");
}

TEST(ResponseWriter, WritesAnAnswerByteForByte) {
    Response response;
    response.status = 201;
    response.content_type = "application/json";
    response.fields = {{"Location", "/a/1"}};
    response.body = "{}";
    std::string bytes;
    append_response(bytes, response, {}, "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(bytes,
              "HTTP/1.1 201 Created\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "Content-Type: application/json\r\nLocation: /a/1\r\nContent-Length: 2\r\n\r\n{}");
}

TEST(ResponseWriter, GivesNoLengthWhereThereIsNoBody) {
    for (const unsigned status : {204U, 304U}) {
        Response response;
        response.status = status;
        response.body = "must not be seen";
        std::string bytes;
        append_response(bytes, response, {}, "now");
        EXPECT_EQ(bytes.find("Content-Length"), std::string::npos) << status;
        EXPECT_TRUE(bytes.ends_with("\r\n\r\n")) << status;
    }
}

TEST(HttpDate, IsSpelledAsTheStandardSpellsIt) {
    using namespace std::chrono_literals;
    EXPECT_EQ(to_http_date(base::Instant(784'111'777s)), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(to_http_date(base::Instant(951'782'400s + 999'999us)),
              "Tue, 29 Feb 2000 00:00:00 GMT");
}

}  // namespace
}  // namespace dibs::http
