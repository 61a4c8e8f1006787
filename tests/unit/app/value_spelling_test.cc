// Goal: values mean what they seem to mean, and nothing else is taken for one. Method: tables of
// right and wrong spellings for each kind.

#include "app/value_spelling.h"

#include <gtest/gtest.h>

namespace dibs::app {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Endpoint, IsAHostAndAPort) {
    EXPECT_EQ(parse_endpoint("127.0.0.1:8080"), (Endpoint{"127.0.0.1", 8080}));
    EXPECT_EQ(parse_endpoint("[::1]:8080"), (Endpoint{"::1", 8080}));
    EXPECT_EQ(parse_endpoint("[fe80::1%eth0]:1"), (Endpoint{"fe80::1%eth0", 1}));
    EXPECT_EQ(parse_endpoint("[::ffff:127.0.0.1]:1"), (Endpoint{"::ffff:127.0.0.1", 1}));
    EXPECT_EQ(parse_endpoint("localhost:0"), (Endpoint{"localhost", 0}));
    EXPECT_EQ(parse_endpoint("a-b_c.example:65535"), (Endpoint{"a-b_c.example", 65535}));
}

TEST(Endpoint, IsNothingElse) {
    for (const char* text : {"",
                             ":",
                             ":8080",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:65536",
                             "127.0.0.1:-1",
                             "127.0.0.1:80 ",
                             " 127.0.0.1:80",
                             "127.0.0.1:+80",
                             "127.0.0.1:http",
                             "::1:8080",
                             "[::1]",
                             "[::1:8080",
                             "[]:80",
                             "[localhost]:80",
                             "[::1%]:80",
                             "a/b:80",
                             "user@host:80",
                             "*:80",
                             "[::1]x:80"}) {
        EXPECT_EQ(parse_endpoint(text), std::nullopt) << text;
    }
}

TEST(Endpoint, SurvivesARoundTrip) {
    for (const char* text : {"127.0.0.1:8080", "[::1]:8080", "localhost:0"}) {
        EXPECT_EQ(to_text(parse_endpoint(text).value()), text);
    }
}

TEST(HttpAddress, IsASchemeAndAnEndpoint) {
    EXPECT_EQ(parse_http_address("http://127.0.0.1:8081"), (Endpoint{"127.0.0.1", 8081}));
    EXPECT_EQ(parse_http_address("http://127.0.0.1:8081/"), (Endpoint{"127.0.0.1", 8081}));
    EXPECT_EQ(parse_http_address("http://[::1]:8081"), (Endpoint{"::1", 8081}));
    EXPECT_EQ(parse_http_address("http://dibs.example"), (Endpoint{"dibs.example", 80}));
    EXPECT_EQ(parse_http_address("http://[::1]/"), (Endpoint{"::1", 80}));
    for (const char* text :
         {"", "http://", "http:///", "https://dibs.example", "127.0.0.1:8081", "http://h:80/path",
          "http://u@h:80", "http://h:0", "http://h:80?q", "HTTP//h", "http://::1"}) {
        EXPECT_EQ(parse_http_address(text), std::nullopt) << text;
    }
}

TEST(TimeOfDay, HasTwoDigitsEach) {
    EXPECT_EQ(parse_time_of_day("00:00"), minutes(0));
    EXPECT_EQ(parse_time_of_day("00:05"), minutes(5));
    EXPECT_EQ(parse_time_of_day("23:59"), hours(23) + minutes(59));
    for (const char* text : {"", "0:05", "00:5", "24:00", "00:60", "-1:00", "+1:00", "00:05:00",
                             "00.05", "0005", " 0:05", "00:-1"}) {
        EXPECT_EQ(parse_time_of_day(text), std::nullopt) << text;
    }
    for (const char* text : {"00:00", "00:05", "09:30", "23:59"}) {
        EXPECT_EQ(to_time_of_day(parse_time_of_day(text).value()), text);
    }
}

TEST(Duration, IsANumberAndAUnit) {
    EXPECT_EQ(parse_duration("90s"), seconds(90));
    EXPECT_EQ(parse_duration("15m"), minutes(15));
    EXPECT_EQ(parse_duration("1h"), hours(1));
    EXPECT_EQ(parse_duration("7d"), days(7));
    EXPECT_EQ(parse_duration("36525d"), days(36'525));
    for (const char* text :
         {"", "s", "90", "0s", "-1s", "+1s", "1.5h", "1H", "1 h", "1h30m", "1w", "36526d",
          "9223372036854775807d", "9223372036854775807s", "99999999999999999999s"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(Moment, IsADateNowOrADurationFromNow) {
    const base::Instant now = base::parse_rfc3339("2026-11-27T03:00:00Z").value();
    EXPECT_EQ(parse_moment("now", now), now);
    EXPECT_EQ(parse_moment("+7d", now), now + days(7));
    EXPECT_EQ(parse_moment("2026-11-27T12:00:00+09:00", now), now);
    for (const char* text : {"", "Now", "7d", "-7d", "+", "++1d", "2026-11-27", "tomorrow"}) {
        EXPECT_EQ(parse_moment(text, now), std::nullopt) << text;
    }
    EXPECT_EQ(parse_moment("+2d", base::latest_instant() - days(1)), std::nullopt);
}

TEST(StoreUrl, NamesAnEngineAndAPlace) {
    for (const char* url : {"sqlite:./dibs.db", "sqlite:/var/lib/dibs/dibs.db",
                            "sqlite::memory:", "postgresql://localhost/dibs", "postgres://u:p@h/d",
                            "sqlite:/var/my books/dibs.db",
                            "postgresql://a/dibs postgresql://b/dibs postgres://c/dibs"}) {
        EXPECT_TRUE(is_store_url(url)) << url;
    }
    for (const char* url :
         {"", "sqlite:", "sqlite", "dibs.db", "./dibs.db", "postgresql://", "postgresql:dibs",
          "mysql://h/d", "SQLITE:x", " sqlite:x", "postgresql://a/dibs ", " postgresql://a/dibs",
          "postgresql://a/dibs  postgresql://b/dibs", "postgresql://a/dibs sqlite:x",
          "postgresql://a/dibs b/dibs"}) {
        EXPECT_FALSE(is_store_url(url)) << url;
    }
    EXPECT_TRUE(is_sqlite_url("sqlite:x"));
    EXPECT_FALSE(is_sqlite_url("postgresql://h"));
}

TEST(StoreUrl, IsShownWithoutItsPasswords) {
    const std::pair<const char*, const char*> table[] = {
        {"sqlite:./dibs.db", "sqlite:./dibs.db"},
        {"sqlite:./a:b@c.db", "sqlite:./a:b@c.db"},
        {"postgresql://localhost/dibs", "postgresql://localhost/dibs"},
        {"postgresql://localhost:5432/dibs", "postgresql://localhost:5432/dibs"},
        {"postgresql://bob@db/dibs", "postgresql://bob@db/dibs"},
        {"postgresql://bob:secret@db:5432/dibs", "postgresql://bob:****@db:5432/dibs"},
        {"postgresql://bob:se@cr@et@db/dibs", "postgresql://bob:****@db/dibs"},
        {"postgresql://bob:@db", "postgresql://bob:****@db"},
        {"postgresql://db/dibs?password=secret", "postgresql://db/dibs?password=****"},
        {"postgresql://db/dibs?a=1&password=secret&sslpassword=x&b=2",
         "postgresql://db/dibs?a=1&password=****&sslpassword=****&b=2"},
        {"postgresql://bob:secret@/dibs?host=/run", "postgresql://bob:****@/dibs?host=/run"},
        {"mysql://bob:secret@db", "mysql://bob:****@db"},
    };
    for (const auto& [url, shown] : table) EXPECT_EQ(mask_passwords(url), shown) << url;
}

TEST(StoreUrl, HidesPasswordsInWhatOnlyResemblesAUrl) {
    const std::pair<const char*, const char*> table[] = {
        {"bob:secret@db/dibs", "bob:****@db/dibs"},
        {"postgresql:/bob:secret@db/dibs", "postgresql:****@db/dibs"},
        {"host=db user=bob password=se cret", "host=db user=bob password=****"},
        {"host=db password = 'a secret' user=bob", "host=db password =****"},
        {"db/dibs?password=secret", "db/dibs?password=****"},
        {"127.0.0.1:8080", "127.0.0.1:8080"},
        {"bob@db", "bob@db"},
        {"a password", "a password"},
    };
    for (const auto& [text, shown] : table) EXPECT_EQ(mask_passwords(text), shown) << text;
}

TEST(StoreUrl, IsShownWithoutThePasswordOfAnyServer) {
    EXPECT_EQ(mask_passwords("postgresql://bob:secret@a/dibs postgres://c/dibs?password=other "
                             "postgresql://eve:third@b/dibs"),
              "postgresql://bob:****@a/dibs postgres://c/dibs?password=**** "
              "postgresql://eve:****@b/dibs");
    // No list: a password with a space in it, which should have been escaped.
    EXPECT_EQ(mask_passwords("postgresql://bob:se cr@db/dibs"), "postgresql://bob:****@db/dibs");
}

TEST(StoreUrl, SaysWhereTheStoresOwnKeyLies) {
    EXPECT_EQ(file_of_sqlite("sqlite:/var/lib/a.db"), "/var/lib/a.db");
    EXPECT_EQ(key_file_of("sqlite:/var/lib/a.db"), "/var/lib/a.db.key");
    EXPECT_EQ(key_file_of("postgresql://h/d"), "./dibs.key");
}

TEST(StoreUrl, HidesAPasswordThatHoldsASlash) {
    // It should have been escaped, but it is still nobody's business.
    EXPECT_EQ(mask_passwords("postgresql://bob:se/cr@db/dibs"), "postgresql://bob:****@db/dibs");
    EXPECT_EQ(mask_passwords("postgresql://bob:se?cr@db/dibs"), "postgresql://bob:****@db/dibs");
}

}  // namespace
}  // namespace dibs::app
