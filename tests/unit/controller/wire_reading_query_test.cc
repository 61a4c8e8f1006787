// Goal: what stands in a request's fields and query is taken exactly, or named where it is wrong.
// Method: requests made by hand, the edges of each value, and what comes twice.

#include <gtest/gtest.h>

#include "controller/page_cursor.h"
#include "controller/wire_format.h"
#include "support/moments.h"
#include "unit/controller/requests.h"

namespace dibs::controller {
namespace {

using test::noon;

/// The key of a request with this field; "invalid" if it has a field that is none.
std::string key_of(const std::string& field) {
    const auto key = read_idempotency_key(request_with({{"idempotency-key", field}}));
    if (!key) {
        EXPECT_EQ(key.error().field, "Idempotency-Key");
        return "invalid";
    }
    return *key ? (*key)->text() : "none";
}

TEST(IdempotencyKeyField, IsOptional) {
    const auto key = read_idempotency_key(request_with({}));
    ASSERT_TRUE(key.has_value());
    EXPECT_FALSE(key->has_value());
}

TEST(IdempotencyKeyField, IsAQuotedStringOrABareToken) {
    EXPECT_EQ(key_of(R"("8e03978e-40d5-43dd-bc93-6894a57f9324")"),
              "8e03978e-40d5-43dd-bc93-6894a57f9324");
    EXPECT_EQ(key_of("8e03978e-40d5-43dd-bc93-6894a57f9324"),
              "8e03978e-40d5-43dd-bc93-6894a57f9324");
    EXPECT_EQ(key_of(R"("with, a; few = marks")"), "with, a; few = marks");
    EXPECT_EQ(key_of(R"("a \"quoted\" \\ word")"), R"(a "quoted" \ word)");
}

TEST(IdempotencyKeyField, TheSameKeyQuotedOrBareIsTheSame) {
    EXPECT_EQ(key_of("\"k-1\""), key_of("k-1"));
}

TEST(IdempotencyKeyField, HasOneTo64PrintableCharacters) {
    EXPECT_EQ(key_of(std::string(64, 'x')), std::string(64, 'x'));
    EXPECT_EQ(key_of("\"" + std::string(64, 'x') + "\""), std::string(64, 'x'));
    EXPECT_EQ(key_of(std::string(65, 'x')), "invalid");
    for (const char* text : {"", "\"\"", "\"", "\"a", "a\"", "\"a\"b\"", "\"a\\b\"", "\"a\\\"",
                             "two words", "a,b", "a;b=c", "\"a\";b", "caf\xC3\xA9", "\"a\tb\""}) {
        EXPECT_EQ(key_of(text), "invalid") << text;
    }
}

TEST(IdempotencyKeyField, ComesOnce) {
    EXPECT_FALSE(read_idempotency_key(
                     request_with({{"idempotency-key", "\"a\""}, {"idempotency-key", "\"a\""}}))
                     .has_value());
}

TEST(QueryNumber, IsTakenWithinItsBounds) {
    const auto read = [](const std::string& query) {
        return read_number(request_asking(query), "limit", 1, 100, 20);
    };
    EXPECT_EQ(read(""), 20);
    EXPECT_EQ(read("other=5"), 20);
    EXPECT_EQ(read("limit=1"), 1);
    EXPECT_EQ(read("limit=100"), 100);
    for (const char* query :
         {"limit=0", "limit=101", "limit=-1", "limit=", "limit=1.0", "limit=%2B1", "limit=1e1",
          "limit=99999999999999999999", "limit=1%20", "limit=ten"}) {
        ASSERT_FALSE(read(query).has_value()) << query;
        EXPECT_EQ(read(query).error().field, "limit");
        EXPECT_EQ(read(query).error().expected, "expected a whole number from 1 to 100");
    }
}

TEST(QueryTime, IsTakenWithItsOffsetEscapedOrNot) {
    const auto read = [](const std::string& query) {
        return read_time(request_asking(query), "at");
    };
    EXPECT_EQ(read("")->has_value(), false);
    EXPECT_EQ(read("at=2026-11-27T12:00:00Z").value(), noon);
    EXPECT_EQ(read("at=2026-11-27T21:00:00%2B09:00").value(), noon);
    EXPECT_EQ(read("at=2026-11-27T21:00:00+09:00").value(), noon) << "a + arrives as a space";
    for (const char* query : {"at=", "at=now", "at=2026-11-27", "at=2026-11-27T12:00:00"}) {
        ASSERT_FALSE(read(query).has_value()) << query;
        EXPECT_EQ(read(query).error().field, "at");
    }
}

TEST(QueryCursor, IsOneOfThisListing) {
    const auto read = [](const std::string& query) {
        return read_cursor_parameter(request_asking(query), 'r', 2);
    };
    EXPECT_EQ(read("")->has_value(), false);
    EXPECT_EQ(read("cursor=" + write_cursor('r', {7, 8})).value(),
              (std::vector<std::int64_t>{7, 8}));
    for (const std::string& text :
         {std::string(), write_cursor('o', {7, 8}), write_cursor('r', {7}), std::string("abc")}) {
        ASSERT_FALSE(read("cursor=" + text).has_value()) << text;
        EXPECT_EQ(read("cursor=" + text).error().field, "cursor");
    }
}

}  // namespace
}  // namespace dibs::controller
