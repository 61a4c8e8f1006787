#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rivals/rival.h"

// What the rivals share: their tables, and the steps of a transaction that most of them go through.

namespace dibs::bench {

/// The tables, with the keys that a textbook gives them.
extern const std::string_view plain_tables_sql;

/// Until when a rival's client waits for the server.
[[nodiscard]] base::SteadyInstant rival_deadline();

/// Writes the event twice and the registered coupon, three statements.
/// Gives the event's id; nothing if the user holds the coupon already. Fails: as the connection.
[[nodiscard]] base::Result<std::optional<std::int64_t>> write_issue(
    database::PostgresConnection& connection, std::int64_t coupon_id, const std::string& user,
    std::int64_t rank);

/// How a transaction begins, and how it looks at the coupon: stock, issued, is it open.
struct TransactionForm {
    std::string_view begin_sql;
    std::string_view look_sql;
};

/// Begins, looks, writes, takes one off the stock, commits: eight statements. Whoever can't have
/// the coupon leaves nothing behind. Fails: as the connection; then, too, nothing is left.
[[nodiscard]] base::Result<RivalIssue> issue_in_transaction(
    database::PostgresConnection& connection, const TransactionForm& form, std::int64_t coupon_id,
    const std::string& user);

}  // namespace dibs::bench
