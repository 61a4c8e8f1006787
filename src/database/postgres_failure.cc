#include "database/postgres_failure.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <optional>
#include <string>

namespace dibs::database {

using base::Failure;
using base::FailureKind;

namespace {

std::string_view first_line(std::string_view text) {
    return text.substr(0, text.find('\n'));
}

bool is_sqlstate(std::string_view text) {
    return text.size() == 5 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
           });
}

/// A verbose message spells `FATAL:  3D000: database "x" does not exist`. The first word comes in
/// the server's language, so what is looked for is the code between its colons.
struct VerboseMessage {
    std::string_view sqlstate;
    std::string_view primary;
};

std::optional<VerboseMessage> read_verbose(std::string_view line) {
    constexpr std::string_view before = ":  ";
    constexpr std::string_view after = ": ";
    for (std::size_t at = line.find(before); at != std::string_view::npos;
         at = line.find(before, at + 1)) {
        const std::string_view rest = line.substr(at + before.size());
        if (is_sqlstate(rest.substr(0, 5)) && rest.substr(5).starts_with(after)) {
            return VerboseMessage{rest.substr(0, 5), rest.substr(5 + after.size())};
        }
    }
    return std::nullopt;
}

}  // namespace

FailureKind kind_of_sqlstate(std::string_view sqlstate) {
    // Single codes first: they differ from their class.
    if (sqlstate == "P0001" || sqlstate == "P0004" || sqlstate == "42501") {
        return FailureKind::refused;
    }
    if (sqlstate == "55P03") return FailureKind::conflict;
    if (sqlstate == "40003") return FailureKind::in_doubt;
    if (sqlstate == "25006" || sqlstate == "25P03" || sqlstate.empty()) {
        return FailureKind::unavailable;
    }
    const std::string_view its_class = sqlstate.substr(0, 2);
    if (its_class == "23") return FailureKind::refused;
    if (its_class == "40") return FailureKind::conflict;
    if (its_class == "08" || its_class == "53" || its_class == "57" || its_class == "58") {
        return FailureKind::unavailable;
    }
    if (its_class == "XX") return FailureKind::corrupted;
    return FailureKind::invalid;
}

std::string_view sqlstate_of(const pg_result* result) {
    const char* const sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return sqlstate == nullptr ? std::string_view() : sqlstate;
}

Failure failure_of_result(const pg_result* result) {
    const std::string_view sqlstate = sqlstate_of(result);
    const char* const primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (primary == nullptr) {
        return {FailureKind::unavailable,
                fmt::format("PostgreSQL: {}", first_line(PQresultErrorMessage(result)))};
    }
    return {kind_of_sqlstate(sqlstate),
            fmt::format("PostgreSQL: {} ({})", first_line(primary), sqlstate)};
}

Failure failure_to_connect(const pg_conn* connection) {
    const std::string_view line = first_line(PQerrorMessage(connection));
    if (const auto verbose = read_verbose(line)) {
        return {kind_of_sqlstate(verbose->sqlstate),
                fmt::format("PostgreSQL: {} ({})", verbose->primary, verbose->sqlstate)};
    }
    const bool lacks_password = PQconnectionNeedsPassword(connection) != 0;
    return {lacks_password ? FailureKind::invalid : FailureKind::unavailable,
            fmt::format("PostgreSQL: {}", line)};
}

Failure failure_of_lost(const pg_conn* connection) {
    const std::string_view line = first_line(PQerrorMessage(connection));
    return {FailureKind::unavailable,
            fmt::format("PostgreSQL: {}", line.empty() ? "the connection is gone" : line)};
}

}  // namespace dibs::database
