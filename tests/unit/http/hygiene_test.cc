// Goal: whatever is malformed is answered once and closed, and no byte behind it is ever taken for
// a request: nothing can be smuggled past a proxy in front.
// Method: over real sockets, each malformed request with a well-formed one hidden behind it; the
// handler notes every path it is asked for.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/guarded.h"
#include "unit/http/serving.h"
#include "unit/http/wire.h"

namespace dibs::http {
namespace {

using test::Wire;

struct Attempt {
    const char* what;
    std::string bytes;
    int status;
    const char* code;
};

const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(const std::string& fields, const std::string& body) {
    return "POST /seen HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

/// RFC 9112 section 6 and 11.2, and what was found in servers and proxies over the years.
std::vector<Attempt> attempts() {
    const std::string chunks = "0\r\n\r\n";
    const auto coded = [&](const char* what, const std::string& fields) {
        return Attempt{what, post(fields, chunks), 501, "not-implemented"};
    };
    const auto malformed = [&](const char* what, const std::string& bytes) {
        return Attempt{what, bytes, 400, "malformed-request"};
    };
    return {
        malformed("TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", chunks)),
        malformed("CL.TE", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", chunks)),
        coded("TE alone", "Transfer-Encoding: chunked\r\n"),
        coded("TE in capitals", "TRANSFER-ENCODING: CHUNKED\r\n"),
        malformed("TE not last", post("Transfer-Encoding: chunked, identity\r\n", chunks)),
        malformed("TE unknown", post("Transfer-Encoding: xchunked\r\n", chunks)),
        coded("TE twice", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n"),
        coded("TE with a tab", "Transfer-Encoding:\tchunked\r\n"),
        malformed("TE in quotes", post("Transfer-Encoding: \"chunked\"\r\n", chunks)),
        malformed("TE with a space before the colon",
                  post("Transfer-Encoding : chunked\r\n", chunks)),
        malformed("TE behind a bare LF",
                  post("Content-Length: 0\r\nX: y\nTransfer-Encoding: chunked\r\n", chunks)),
        malformed("TE in a fold", post("X: y\r\n Transfer-Encoding: chunked\r\n", chunks)),
        malformed("TE with a vertical tab", post("Transfer-Encoding: \x0B"
                                                 "chunked\r\n",
                                                 chunks)),
        malformed("two lengths", post("Content-Length: 0\r\nContent-Length: 34\r\n", "")),
        malformed("the same length twice", post("Content-Length: 0\r\nContent-Length: 0\r\n", "")),
        malformed("a list of lengths", post("Content-Length: 0, 34\r\n", "")),
        malformed("a length with a sign", post("Content-Length: +0\r\n", "")),
        malformed("a negative length", post("Content-Length: -1\r\n", "")),
        malformed("a length in hexadecimal", post("Content-Length: 0x0\r\n", "")),
        malformed("a length with a space before the colon", post("Content-Length : 0\r\n", "")),
        malformed("a folded length", post("Content-Length:\r\n 0\r\n", "")),
        malformed("an overflowing length", post("Content-Length: 18446744073709551616\r\n", "")),
        malformed("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        malformed("no host", "GET / HTTP/1.1\r\n\r\n"),
        malformed("a NUL in a value", post(std::string("X: a\0b\r\n", 8), "")),
        malformed("a bare CR in a value", post("X: a\rGET /hidden HTTP/1.1\r\n", "")),
        malformed("a bare LF for an empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        malformed("a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"),
        malformed("a control in the target",
                  "GET /a\x0B"
                  "b HTTP/1.1\r\nHost: a\r\n\r\n"),
        malformed("nothing that is HTTP", std::string("\x16\x03\x01\x02\0\x01", 6) + "\r\n\r\n"),
        {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http-version-not-supported"},
        {"too large a body", post("Content-Length: 70000\r\n", ""), 413, "payload-too-large"},
        {"an expectation", post("Expect: magic\r\nContent-Length: 0\r\n", ""), 417,
         "expectation-failed"},
        {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not-implemented"},
        {"too long a target", "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n",
         414, "uri-too-long"},
        {"too large a header", post("X: " + std::string(17'000, 'x') + "\r\n", ""), 431,
         "header-too-large"},
    };
}

class Hygiene : public testing::Test {
protected:
    Hygiene()
        : server_(test::open({}, [this](const Request& request, Reply reply) {
              seen_.with([&](std::vector<std::string>& seen) { seen.push_back(request.path); });
              reply.send(test::text("seen"));
          })) {}

    std::vector<std::string> seen() {
        return seen_.with([](std::vector<std::string>& seen) { return seen; });
    }

    base::Guarded<std::vector<std::string>> seen_;
    std::unique_ptr<Server> server_;
};

TEST_F(Hygiene, AnswersWhatIsMalformedOnceAndCloses) {
    for (const Attempt& attempt : attempts()) {
        Wire client(server_->port());
        ASSERT_TRUE(client.send(attempt.bytes + hidden)) << attempt.what;
        const std::string answer = client.read_to_end();
        EXPECT_FALSE(client.was_reset()) << attempt.what;
        EXPECT_EQ(test::count_of_answers(answer), 1U) << attempt.what << ": " << answer;
        EXPECT_EQ(test::status_of(answer), attempt.status) << attempt.what << ": " << answer;
        EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << attempt.what;
        EXPECT_NE(answer.find("Content-Type: application/problem+json\r\n"), std::string::npos);
        EXPECT_NE(answer.find("\"code\":\"" + std::string(attempt.code) + "\""), std::string::npos)
            << attempt.what << ": " << answer;
    }
    EXPECT_EQ(seen(), std::vector<std::string>{});
    EXPECT_EQ(server_->counts().malformed, attempts().size());
    EXPECT_EQ(server_->counts().requests, 0U);
}

TEST_F(Hygiene, SaysWhatIsWrongWithTheFraming) {
    const std::string length = "Content-Length: 5\r\n";
    const std::string coding = "Transfer-Encoding: chunked\r\n";
    const std::string both = "There are both a Content-Length and a Transfer-Encoding.";
    const std::pair<std::string, std::string> table[] = {
        {coding + length, both},
        {length + coding, both},
        {length + "Transfer-Encoding: x\r\n", both},
        {coding + coding, "There is more than one Transfer-Encoding."},
        {length + "Content-Length: 6\r\n", "There is more than one Content-Length."},
        {length + length, "There is more than one Content-Length."},
        {"Content-Length: five\r\n", "The Content-Length is not a number."},
    };
    for (const auto& [fields, detail] : table) {
        Wire client(server_->port());
        ASSERT_TRUE(client.send(post(fields, ""))) << fields;
        const std::string answer = client.read_to_end();
        EXPECT_NE(answer.find("\"detail\":\"" + detail + "\""), std::string::npos)
            << fields << answer;
    }
}

TEST_F(Hygiene, ServesWhatCameBeforeWhatIsMalformed) {
    Wire client(server_->port());
    ASSERT_TRUE(
        client.send("GET /good HTTP/1.1\r\nHost: a\r\n\r\n"
                    "GET /bad HTTP/1.1\r\n\r\n" +
                    hidden));
    const std::string answers = client.read_to_end();
    EXPECT_EQ(test::count_of_answers(answers), 2U);
    EXPECT_NE(answers.find("HTTP/1.1 400 "), std::string::npos);
    EXPECT_EQ(seen(), std::vector<std::string>{"/good"});
}

TEST_F(Hygiene, TakesABodyForNothingButABody) {
    Wire client(server_->port());
    ASSERT_TRUE(
        client.send(post("Content-Length: " + std::to_string(hidden.size()) + "\r\n", hidden) +
                    "GET /after HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    EXPECT_EQ(test::count_of_answers(client.read_to_end()), 2U);
    EXPECT_EQ(seen(), (std::vector<std::string>{"/seen", "/after"}));
}

TEST_F(Hygiene, TakesTheBodyOfAGetForABody) {
    Wire client(server_->port());
    ASSERT_TRUE(
        client.send("GET /seen HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(hidden.size()) + "\r\n\r\n" + hidden));
    EXPECT_EQ(test::count_of_answers(client.read_to_end()), 1U);
    EXPECT_EQ(seen(), std::vector<std::string>{"/seen"});
}

TEST_F(Hygiene, ReadsNothingBehindARequestThatIsTheLast) {
    Wire client(server_->port());
    ASSERT_TRUE(client.send("GET /seen HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + hidden));
    EXPECT_EQ(test::count_of_answers(client.read_to_end()), 1U);
    EXPECT_EQ(seen(), std::vector<std::string>{"/seen"});
}

TEST_F(Hygiene, AnswersARequestThatEndsEarly) {
    for (const std::string bytes :
         {"GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n",
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbody"}) {
        Wire client(server_->port());
        ASSERT_TRUE(client.send(bytes));
        client.finish_sending();
        EXPECT_EQ(test::status_of(client.read_to_end()), 400) << bytes;
    }
    EXPECT_EQ(seen(), std::vector<std::string>{});
}

TEST_F(Hygiene, LetsAClientFinishTheBodyThatWasRefusedAndReadTheRefusal) {
    Wire client(server_->port());
    Loop& loop = *server_->loops().front();
    ASSERT_TRUE(client.send(post("Content-Length: 110000\r\n", std::string(10'000, 'x'))));
    ASSERT_TRUE(test::eventually(loop, [&] { return server_->counts().malformed == 1; }));
    // A connection that is closed, instead of only being said to be at its end, answers the first
    // of these with a reset, and then the next one fails.
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(client.send(std::string(10'000, 'x'))) << i;
        test::catch_up_with(loop);
    }
    EXPECT_EQ(test::status_of(client.read_answer()), 413);
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_FALSE(client.was_reset());
}

TEST_F(Hygiene, LeavesTheBodyOutOfARefusedHead) {
    Wire client(server_->port());
    ASSERT_TRUE(client.send("HEAD / HTTP/1.1\r\n\r\n"));
    const std::string answer = client.read_to_end();
    EXPECT_EQ(test::status_of(answer), 400);
    EXPECT_EQ(test::body_of(answer), "");
}

TEST_F(Hygiene, SendsTheBodyOfARefusalThatFollowsAHead) {
    Wire client(server_->port());
    ASSERT_TRUE(client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n@ nothing\r\n\r\n"));
    EXPECT_EQ(test::status_of(client.read_answer(false)), 200);
    const std::string refusal = client.read_to_end();
    EXPECT_EQ(test::status_of(refusal), 400);
    EXPECT_NE(test::body_of(refusal), "");
}

}  // namespace
}  // namespace dibs::http
