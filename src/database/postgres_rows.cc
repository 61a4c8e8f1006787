#include <libpq-fe.h>

#include <charconv>
#include <system_error>
#include <utility>

#include "base/ensure.h"
#include "database/postgres_connection.h"

namespace dibs::database {

using base::ensure;

namespace {

void append_element(std::string& array, std::int64_t value) {
    array += std::to_string(value);
}

void append_element(std::string& array, std::string_view value) {
    // Always in quotes: then nothing else needs to be known about what PostgreSQL finds special.
    array += '"';
    for (const char character : value) {
        if (character == '"' || character == '\\') array += '\\';
        array += character;
    }
    array += '"';
}

void append_element(std::string& array, std::optional<std::string_view> value) {
    if (value) {
        append_element(array, *value);
    } else {
        array += "NULL";
    }
}

template <typename Value>
std::string array_of(std::span<const Value> values) {
    std::string array = "{";
    for (const Value& value : values) {
        if (array.size() > 1) array += ',';
        append_element(array, value);
    }
    array += '}';
    return array;
}

std::int64_t whole_number(std::string_view text) {
    std::int64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    ensure(error == std::errc() && stopped == end, "a column read as an integer holds one");
    return value;
}

}  // namespace

std::string to_array(std::span<const std::int64_t> values) {
    return array_of(values);
}

std::string to_array(std::span<const std::string_view> values) {
    return array_of(values);
}

std::string to_array(std::span<const std::optional<std::string_view>> values) {
    return array_of(values);
}

PostgresRows::~PostgresRows() {
    PQclear(result_);
}

PostgresRows::PostgresRows(PostgresRows&& other) noexcept
    : result_(std::exchange(other.result_, nullptr)) {}

PostgresRows& PostgresRows::operator=(PostgresRows&& other) noexcept {
    std::swap(result_, other.result_);
    return *this;
}

std::size_t PostgresRows::row_count() const {
    return static_cast<std::size_t>(PQntuples(result_));
}

bool PostgresRows::is_null(std::size_t row, int column) const {
    ensure(row < row_count() && column >= 0 && column < PQnfields(result_),
           "a value is read where there is one");
    return PQgetisnull(result_, static_cast<int>(row), column) != 0;
}

std::string_view PostgresRows::text(std::size_t row, int column) const {
    if (is_null(row, column)) return {};
    const int place = static_cast<int>(row);
    return {PQgetvalue(result_, place, column),
            static_cast<std::size_t>(PQgetlength(result_, place, column))};
}

std::int64_t PostgresRows::integer(std::size_t row, int column) const {
    return is_null(row, column) ? 0 : whole_number(text(row, column));
}

bool PostgresRows::boolean(std::size_t row, int column) const {
    return text(row, column) == "t";
}

std::int64_t PostgresRows::changed_count() const {
    const std::string_view count = PQcmdTuples(result_);
    return count.empty() ? 0 : whole_number(count);
}

std::string_view PostgresRows::command_tag() const {
    return PQcmdStatus(result_);
}

}  // namespace dibs::database
