// Goal: what is a request is read as that request and nothing else, and what two readers could
// understand differently is refused, however its bytes are cut into pieces.
// Method: tables of good and bad requests, each fed whole, byte by byte, and cut in two at every
// place.

#include "http/request_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace dibs::http {
namespace {

using Stage = RequestReader::Stage;

constexpr std::size_t header_max = 16 * 1024;
constexpr std::size_t body_max = 64;

/// Feeds `pieces` as a connection does: what is left is given again, with more behind it. Returns
/// what was not taken.
std::string feed(RequestReader& reader, const std::vector<std::string_view>& pieces) {
    std::string waiting;
    for (const std::string_view piece : pieces) {
        waiting += piece;
        if (reader.stage() >= Stage::complete) continue;
        // A copy of its exact size, so that the address sanitizer sees a look beyond its end.
        const std::vector<char> exact(waiting.begin(), waiting.end());
        waiting.erase(0, reader.take({exact.data(), exact.size()}));
    }
    return waiting;
}

std::vector<std::string_view> in_bytes(std::string_view bytes) {
    std::vector<std::string_view> pieces;
    for (std::size_t at = 0; at < bytes.size(); ++at) pieces.push_back(bytes.substr(at, 1));
    return pieces;
}

struct Bad {
    const char* what;
    std::string bytes;
    RefusalKind kind = RefusalKind::malformed;
};

std::string with_fields(const std::string& fields) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::vector<Bad> bad_request_lines() {
    const auto line = [](const std::string& text) { return text + "\r\nHost: a\r\n\r\n"; };
    return {
        {"no version", line("GET /")},
        {"two spaces", line("GET  / HTTP/1.1")},
        {"a tab", line("GET\t/ HTTP/1.1")},
        {"a space before", line(" GET / HTTP/1.1")},
        {"a space after", line("GET / HTTP/1.1 ")},
        {"no method", line(" / HTTP/1.1")},
        {"a method that is no token", line("G@T / HTTP/1.1")},
        {"a relative path", line("GET path HTTP/1.1")},
        {"a NUL in the target", line(std::string("GET /a\0b HTTP/1.1", 17))},
        {"a byte beyond ASCII in the target", line("GET /\xC3\xA4 HTTP/1.1")},
        {"a fragment", line("GET /a#b HTTP/1.1")},
        {"a quote in the target", line("GET /a\"b HTTP/1.1")},
        {"a bracket in the query", line("GET /a?b=<c> HTTP/1.1")},
        {"a backslash", line("GET /a\\b HTTP/1.1")},
        {"an asterisk with GET", line("GET * HTTP/1.1")},
        {"an authority with GET", line("GET a:80 HTTP/1.1")},
        {"another scheme", line("GET ftp://a/ HTTP/1.1")},
        {"no host in the target", line("GET http:///path HTTP/1.1")},
        {"a user in the target", line("GET http://user@a/ HTTP/1.1")},
        {"a lower-case protocol", line("GET / http/1.1")},
        {"another protocol", line("GET / RTSP/1.0")},
        {"a version with three digits", line("GET / HTTP/1.10")},
        {"a version without a dot", line("GET / HTTP/11")},
        {"two empty lines before", "\r\n\r\n" + line("GET / HTTP/1.1")},
        {"a bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
        {"a bare CR after the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n"},
        {"HTTP/0.9", line("GET / HTTP/0.9"), RefusalKind::version_not_supported},
        {"HTTP/1.2", line("GET / HTTP/1.2"), RefusalKind::version_not_supported},
        {"HTTP/2.0", line("PRI * HTTP/2.0"), RefusalKind::version_not_supported},
        {"HTTP/3.0", line("GET / HTTP/3.0"), RefusalKind::version_not_supported},
        {"CONNECT", line("CONNECT a:443 HTTP/1.1"), RefusalKind::not_implemented},
    };
}

std::vector<Bad> bad_fields() {
    return {
        {"no Host", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n"},
        {"two Hosts", with_fields("Host: b\r\n")},
        {"the same Host twice", with_fields("Host: a\r\n")},
        {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
        {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
        {"a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"},
        {"a Host with a user", "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n"},
        {"a Host with a bad port", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"},
        {"a Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
        {"a space before the colon", with_fields("Accept : b\r\n")},
        {"a tab before the colon", with_fields("Accept\t: b\r\n")},
        {"a space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
        {"a field with no name", with_fields(": b\r\n")},
        {"a line with no colon", with_fields("Accept\r\n")},
        {"a name that is no token", with_fields("Acc(ept: b\r\n")},
        {"a name beyond ASCII", with_fields("Acc\xC3\xA4pt: b\r\n")},
        {"a NUL in a name", with_fields(std::string("Acc\0ept: b\r\n", 12))},
        {"a NUL in a value", with_fields(std::string("Accept: a\0b\r\n", 13))},
        {"a control in a value", with_fields("Accept: a\x01"
                                             "b\r\n")},
        {"a DEL in a value", with_fields("Accept: a\x7F"
                                         "b\r\n")},
        {"a bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nAccept: b\r\n\r\n"},
        {"a bare CR after a field", "GET / HTTP/1.1\r\nHost: a\rAccept: b\r\n\r\n"},
        {"a bare CR in a value", with_fields("Accept: a\rb\r\n")},
        {"CR CR LF", with_fields("Accept: a\r\r\n")},
        {"a fold", with_fields("Accept: a\r\n b\r\n")},
        {"a fold with a tab", with_fields("Accept: a\r\n\tb\r\n")},
        {"a fold of an empty value", with_fields("Accept:\r\n b\r\n")},
        {"a fold into nothing", with_fields("Accept: a\r\n \r\n")},
        {"an empty fold of an empty value", with_fields("Accept:\r\n \r\n")},
        {"a folded Content-Length", with_fields("Content-Length: 1\r\n 2\r\n")},
        {"a Connection that is no list of tokens", with_fields("Connection: a b\r\n")},
    };
}

std::vector<Bad> bad_framings() {
    const RefusalKind not_implemented = RefusalKind::not_implemented;
    const auto length = [](const std::string& value) {
        return with_fields("Content-Length: " + value + "\r\n");
    };
    const auto coding = [](const std::string& value) {
        return with_fields("Transfer-Encoding: " + value + "\r\n");
    };
    return {
        {"two lengths", with_fields("Content-Length: 1\r\nContent-Length: 2\r\n")},
        {"the same length twice", with_fields("Content-Length: 1\r\nContent-Length: 1\r\n")},
        {"a list of lengths", length("1, 1")},
        {"a list with an empty end", length("1,")},
        {"an empty length", length("")},
        {"a length with a plus", length("+1")},
        {"a length with a minus", length("-1")},
        {"a length in hexadecimal", length("0x1")},
        {"a length with a letter behind", length("1a")},
        {"a length with a space inside", length("1 1")},
        {"a length with a fraction", length("1.0")},
        {"a length in quotes", length("\"1\"")},
        {"a length beyond 64 bits", length("18446744073709551616")},
        {"a length far beyond 64 bits", length("99999999999999999999999999")},
        {"chunked", coding("chunked"), not_implemented},
        {"a coding, and chunked", coding("gzip, chunked"), not_implemented},
        {"a list with empty places", coding(",, chunked ,"), not_implemented},
        {"identity", coding("identity")},
        {"chunked not last", coding("chunked, gzip")},
        {"chunked twice", coding("chunked, chunked")},
        {"chunked with a parameter", coding("chunked;a=b")},
        {"an unknown coding", coding("x")},
        {"an empty coding", coding("")},
        {"chunked, then a length", coding("chunked\r\nContent-Length: 5")},
        {"a length, then chunked", length("5\r\nTransfer-Encoding: chunked")},
        {"chunked in HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"a body that is too large", length("65"), RefusalKind::payload_too_large},
        {"a body of nearly 2^64", length("18446744073709551615"), RefusalKind::payload_too_large},
        {"another expectation", with_fields("Expect: 200-ok\r\n"), RefusalKind::expectation_failed},
    };
}

std::vector<Bad> all_bad() {
    std::vector<Bad> all = bad_request_lines();
    for (auto part : {bad_fields(), bad_framings()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

TEST(RequestReader, RefusesWhatCouldBeUnderstoodInTwoWays) {
    for (const Bad& bad : all_bad()) {
        RequestReader reader(header_max, body_max);
        feed(reader, {bad.bytes});
        ASSERT_EQ(reader.stage(), Stage::refused) << bad.what;
        EXPECT_EQ(reader.refusal().kind, bad.kind) << bad.what;
    }
}

TEST(RequestReader, RefusesItHoweverItIsCut) {
    for (const Bad& bad : all_bad()) {
        RequestReader bytewise(header_max, body_max);
        feed(bytewise, in_bytes(bad.bytes));
        ASSERT_EQ(bytewise.stage(), Stage::refused) << bad.what << ", byte by byte";
        EXPECT_EQ(bytewise.refusal().kind, bad.kind) << bad.what << ", byte by byte";
        for (std::size_t cut = 1; cut < bad.bytes.size(); ++cut) {
            const std::string_view bytes = bad.bytes;
            RequestReader reader(header_max, body_max);
            feed(reader, {bytes.substr(0, cut), bytes.substr(cut)});
            ASSERT_EQ(reader.stage(), Stage::refused) << bad.what << ", cut at " << cut;
            EXPECT_EQ(reader.refusal().kind, bad.kind) << bad.what << ", cut at " << cut;
        }
    }
}

TEST(RequestReader, ReadsTheSameRequestHoweverItIsCut) {
    const std::string bytes =
        "\r\nPOST /api/coupons/42?at=now&x=%20 HTTP/1.1\r\n"
        "HOST: coupons.example:8080\r\nX-Empty:\r\nAccept:  a,\tb  \r\ncontent-length: 5\r\n\r\n"
        "hello";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        const std::string_view all = bytes;
        RequestReader reader(header_max, body_max);
        const std::string left = feed(reader, {all.substr(0, cut), all.substr(cut), "GET /next"});
        ASSERT_EQ(reader.stage(), Stage::complete) << cut;
        const Request& request = reader.request();
        EXPECT_EQ(request.method, Method::post);
        EXPECT_EQ(request.method_name, "POST");
        EXPECT_EQ(request.path, "/api/coupons/42");
        EXPECT_EQ(request.query, "at=now&x=%20");
        EXPECT_EQ(request.field("host"), "coupons.example:8080");
        EXPECT_EQ(request.field("x-empty"), "");
        EXPECT_EQ(request.field("accept"), "a,\tb");
        EXPECT_EQ(request.body, "hello");
        EXPECT_TRUE(request.may_keep_alive);
        EXPECT_EQ(left, "GET /next");
    }
}

TEST(RequestReader, StartsAfreshWithTheNextRequest) {
    RequestReader reader(header_max, body_max);
    feed(reader, {"PUT /a?b HTTP/1.1\r\nHost: a\r\nX-Secret: 1\r\nContent-Length: 2\r\n\r\nhi"});
    ASSERT_EQ(reader.stage(), Stage::complete);
    reader.begin_next();
    feed(reader, {"GET /c HTTP/1.1\r\nHost: c\r\n\r\n"});
    ASSERT_EQ(reader.stage(), Stage::complete);
    const Request& request = reader.request();
    EXPECT_EQ(request.method, Method::get);
    EXPECT_EQ(request.path, "/c");
    EXPECT_EQ(request.query, "");
    EXPECT_EQ(request.body, "");
    ASSERT_EQ(request.fields.size(), 1U);
    EXPECT_EQ(request.field("host"), "c");
    EXPECT_EQ(request.field("x-secret"), std::nullopt);
}

TEST(RequestReader, TakesTheAbsoluteFormAndItsHost) {
    const auto read = [](const std::string& line) {
        RequestReader reader(header_max, body_max);
        feed(reader, {line + " HTTP/1.1\r\nHost: other\r\n\r\n"});
        EXPECT_EQ(reader.stage(), Stage::complete) << line;
        const Request& request = reader.request();
        return request.path + " " + request.query + " " + std::string(*request.field("host"));
    };
    EXPECT_EQ(read("GET http://a.example/b?c"), "/b c a.example");
    EXPECT_EQ(read("GET HTTPS://a.example:8443/"), "/  a.example:8443");
    EXPECT_EQ(read("GET http://a.example"), "/  a.example");
    EXPECT_EQ(read("GET http://a.example?c"), "/ c a.example");
    EXPECT_EQ(read("GET http://[::1]:80/b"), "/b  [::1]:80");
    EXPECT_EQ(read("OPTIONS http://a.example"), "*  a.example");
    EXPECT_EQ(read("OPTIONS *"), "*  other");
}

TEST(RequestReader, KnowsWhetherTheConnectionMayStay) {
    const auto stays = [](const std::string& version, const std::string& fields) {
        RequestReader reader(header_max, body_max);
        feed(reader, {"GET / " + version + "\r\nHost: a\r\n" + fields + "\r\n"});
        EXPECT_EQ(reader.stage(), Stage::complete);
        return reader.request().may_keep_alive;
    };
    EXPECT_TRUE(stays("HTTP/1.1", ""));
    EXPECT_FALSE(stays("HTTP/1.1", "Connection: close\r\n"));
    EXPECT_FALSE(stays("HTTP/1.1", "Connection: upgrade, Close\r\n"));
    EXPECT_FALSE(stays("HTTP/1.0", ""));
    EXPECT_TRUE(stays("HTTP/1.0", "Connection: Keep-Alive\r\n"));
    EXPECT_FALSE(stays("HTTP/1.0", "Connection: keep-alive, close\r\n"));
}

TEST(RequestReader, TakesHttp10WithoutAHost) {
    RequestReader reader(header_max, body_max);
    feed(reader, {"GET / HTTP/1.0\r\n\r\n"});
    EXPECT_EQ(reader.stage(), Stage::complete);
    EXPECT_TRUE(reader.is_http_1_0());
}

TEST(RequestReader, TakesAHeaderOfTheLimitAndRefusesOneByteMore) {
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX-Long: ";
    const std::size_t limit = 1024;
    const std::string fits = start + std::string(limit - start.size() - 4, 'x') + "\r\n\r\n";
    for (const std::size_t cut : {std::size_t{1}, limit / 2, limit}) {
        const std::string_view bytes = fits;
        RequestReader reader(limit, body_max);
        feed(reader, {bytes.substr(0, cut), bytes.substr(cut)});
        EXPECT_EQ(reader.stage(), Stage::complete) << cut;
        const std::string longer = start + "x" + fits.substr(start.size());
        RequestReader second(limit, body_max);
        feed(second,
             {std::string_view(longer).substr(0, cut), std::string_view(longer).substr(cut)});
        ASSERT_EQ(second.stage(), Stage::refused) << cut;
        EXPECT_EQ(second.refusal().kind, RefusalKind::header_too_large) << cut;
    }
}

TEST(RequestReader, RefusesAnEndlessHeaderBeforeItEnds) {
    RequestReader fields(1024, body_max);
    feed(fields, {"GET / HTTP/1.1\r\nHost: a\r\n", "X-Long: " + std::string(1024, 'x')});
    ASSERT_EQ(fields.stage(), Stage::refused);
    EXPECT_EQ(fields.refusal().kind, RefusalKind::header_too_large);
    RequestReader line(1024, body_max);
    feed(line, in_bytes("GET /" + std::string(1024, 'x')));
    ASSERT_EQ(line.stage(), Stage::refused);
    EXPECT_EQ(line.refusal().kind, RefusalKind::uri_too_long);
}

TEST(RequestReader, RefusesATargetBeyondTheLimit) {
    const auto read = [](std::size_t size) {
        RequestReader reader(header_max, body_max);
        feed(reader, {"GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"});
        return std::pair(reader.stage(), reader.refusal().kind);
    };
    EXPECT_EQ(read(8000).first, Stage::complete);
    EXPECT_EQ(read(8001), std::pair(Stage::refused, RefusalKind::uri_too_long));
}

TEST(RequestReader, RefusesTooManyFields) {
    const auto read = [](int count) {
        std::string fields;
        for (int i = 1; i < count; ++i) fields += "X: y\r\n";  // Host is the first.
        RequestReader reader(header_max, body_max);
        feed(reader, {with_fields(fields)});
        return std::pair(reader.stage(), reader.refusal().kind);
    };
    EXPECT_EQ(read(100).first, Stage::complete);
    EXPECT_EQ(read(101), std::pair(Stage::refused, RefusalKind::header_too_large));
}

TEST(RequestReader, TakesABodyOfTheLimit) {
    const std::string header =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body_max) + "\r\n\r\n";
    RequestReader reader(header_max, body_max);
    feed(reader, in_bytes(header + std::string(body_max, 'b')));
    ASSERT_EQ(reader.stage(), Stage::complete);
    EXPECT_EQ(reader.request().body, std::string(body_max, 'b'));
}

TEST(RequestReader, KnowsWhoWaitsForContinue) {
    const auto awaits = [](const std::string& bytes) {
        RequestReader reader(header_max, body_max);
        feed(reader, {bytes});
        return reader.awaits_continue();
    };
    const std::string fields = "\r\nHost: a\r\nExpect: 100-Continue\r\n";
    EXPECT_TRUE(awaits("POST / HTTP/1.1" + fields + "Content-Length: 2\r\n\r\n"));
    EXPECT_FALSE(awaits("POST / HTTP/1.1" + fields + "Content-Length: 2\r\n\r\nb"));
    EXPECT_FALSE(awaits("POST / HTTP/1.1" + fields + "Content-Length: 0\r\n\r\n"));
    EXPECT_FALSE(awaits("POST / HTTP/1.0" + fields + "Content-Length: 2\r\n\r\n"));
}

/// A good request, with a few of its bytes changed, doubled, dropped or swapped for what parsers
/// stumble over.
std::string damaged_request(std::mt19937& random) {
    const auto below = [&](std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
    };
    constexpr std::string_view stumbling("\r\n \t:,;\0%/?#*1x\x7F\xFF", 17);
    std::string bytes =
        "POST http://a.example/b?c=d HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
        "Connection: keep-alive\r\nExpect: 100-continue\r\n\r\nhello";
    for (std::size_t damage = below(4); damage > 0; --damage) {
        const std::size_t at = below(bytes.size());
        switch (below(4)) {
            case 0: bytes[at] = stumbling[below(stumbling.size())]; break;
            case 1: bytes.insert(at, 1, stumbling[below(stumbling.size())]); break;
            case 2: bytes.erase(at, 1); break;
            default: bytes.insert(at, bytes.substr(at, below(20) + 1)); break;
        }
    }
    return bytes;
}

TEST(RequestReader, UnderstandsDamagedBytesInOneWayHoweverTheyAreCut) {
    std::mt19937 random(20'261'127);  // Any seed; a fixed one, so that a failure comes again.
    int completed = 0;
    for (int round = 0; round < 10'000; ++round) {
        const std::string bytes = damaged_request(random);
        const std::string_view view = bytes;
        RequestReader whole(header_max, body_max);
        const std::string whole_left = feed(whole, {view});
        const std::size_t cut = random() % (bytes.size() + 1);
        RequestReader parts(header_max, body_max);
        const std::string parts_left = feed(parts, {view.substr(0, cut), view.substr(cut)});
        ASSERT_EQ(whole.stage() == Stage::complete, parts.stage() == Stage::complete)
            << "cut at " << cut << ": " << testing::PrintToString(bytes);
        if (whole.stage() != Stage::complete) continue;
        ++completed;
        EXPECT_EQ(whole_left, parts_left);
        EXPECT_EQ(whole.request().path, parts.request().path);
        EXPECT_EQ(whole.request().body, parts.request().body);
        EXPECT_EQ(whole.request().fields.size(), parts.request().fields.size());
    }
    EXPECT_GT(completed, 500);
}

}  // namespace
}  // namespace dibs::http
