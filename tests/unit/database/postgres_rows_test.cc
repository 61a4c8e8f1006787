// Goal: values come back from PostgreSQL as they went there, whatever is in them.
// Method: a real server takes the arrays apart and gives each kind of value back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <utility>

#include "database/postgres_connection.h"
#include "support/moments.h"
#include "support/postgres_server.h"
#include "support/printing.h"

namespace dibs::database {
namespace {

using test::must;
using testing::ElementsAreArray;
using namespace std::chrono_literals;

class PostgresRowsTest : public testing::Test {
protected:
    PostgresRows run(std::string_view sql, std::vector<std::optional<std::string>> parameters) {
        return must(
            connection_.run({sql, std::move(parameters)}, base::SteadyInstant::clock::now() + 10s));
    }
    std::vector<std::optional<std::string>> taken_apart(const std::string& array) {
        const auto rows = run("SELECT * FROM unnest($1::text[])", {array});
        std::vector<std::optional<std::string>> values(rows.row_count());
        for (std::size_t row = 0; row < values.size(); ++row) {
            if (!rows.is_null(row, 0)) values[row] = rows.text(row, 0);
        }
        return values;
    }

    PostgresConnection connection_ = must(PostgresConnection::open(
        test::PostgresServer::shared().url(), base::SteadyInstant::clock::now() + 10s));
};

TEST_F(PostgresRowsTest, TextsSurviveWhateverIsInThem) {
    constexpr auto texts = std::to_array<std::string_view>(
        {"plain", "", "NULL", "with \"quotes\"", "back\\slash", "\\", "{a,b}", "a, b", "'", " ",
         "line\nbreak\ttab", "쿠폰 🎟"});
    const std::vector<std::optional<std::string>> expected(texts.begin(), texts.end());
    EXPECT_THAT(taken_apart(to_array(texts)), ElementsAreArray(expected));
}

TEST_F(PostgresRowsTest, NothingIsNullAndAnEmptyTextIsNot) {
    constexpr auto texts =
        std::to_array<std::optional<std::string_view>>({"a", std::nullopt, "", "NULL"});
    const std::vector<std::optional<std::string>> expected{"a", std::nullopt, "", "NULL"};
    EXPECT_THAT(taken_apart(to_array(texts)), ElementsAreArray(expected));
}

TEST_F(PostgresRowsTest, AnEmptyArrayHasNoElements) {
    EXPECT_TRUE(taken_apart(to_array(std::span<const std::string_view>())).empty());
    EXPECT_EQ(to_array(std::span<const std::int64_t>()), "{}");
}

TEST_F(PostgresRowsTest, IntegersAreReadToTheirLimits) {
    constexpr auto numbers =
        std::to_array<std::int64_t>({std::numeric_limits<std::int64_t>::min(), -1, 0,
                                     std::numeric_limits<std::int64_t>::max()});
    const auto rows = run("SELECT * FROM unnest($1::bigint[])", {to_array(numbers)});
    ASSERT_EQ(rows.row_count(), numbers.size());
    for (std::size_t row = 0; row < numbers.size(); ++row) {
        EXPECT_EQ(rows.integer(row, 0), numbers[row]);
    }
}

TEST_F(PostgresRowsTest, EveryKindOfValueHasItsReader) {
    const auto rows = run("SELECT true, false, NULL::bigint, NULL::text, $1::text", {std::nullopt});
    EXPECT_TRUE(rows.boolean(0, 0));
    EXPECT_FALSE(rows.boolean(0, 1));
    EXPECT_TRUE(rows.is_null(0, 2));
    EXPECT_EQ(rows.integer(0, 2), 0);
    EXPECT_EQ(rows.text(0, 3), "");
    EXPECT_TRUE(rows.is_null(0, 4));
    EXPECT_EQ(rows.command_tag(), "SELECT 1");
    EXPECT_EQ(run("SET search_path = public", {}).changed_count(), 0);
}

TEST_F(PostgresRowsTest, WhatIsReadWhereNothingIsIsABug) {
    const auto rows = run("SELECT 'seven'", {});
    EXPECT_DEATH(static_cast<void>(rows.text(1, 0)), "a value is read where there is one");
    EXPECT_DEATH(static_cast<void>(rows.text(0, 1)), "a value is read where there is one");
    EXPECT_DEATH(static_cast<void>(rows.integer(0, 0)), "a column read as an integer holds one");
}

}  // namespace
}  // namespace dibs::database
