// Look and lock in one statement: the UPDATE takes one off the stock if there is one, and holds the
// row until the commit. A user who holds the coupon already is found by the key, at the last
// insert.

#include "rivals/plain_tables.h"

namespace dibs::bench {

namespace {

using base::Result;
using database::PostgresConnection;

constexpr std::string_view take_one_if_any_sql =
    "UPDATE coupon SET stock = stock - 1, issued = issued + 1"
    " WHERE id = $1::bigint AND stock > 0 AND now() BETWEEN starts_at AND ends_at"
    " RETURNING issued";

constexpr std::string_view is_open_sql =
    "SELECT now() BETWEEN starts_at AND ends_at FROM coupon WHERE id = $1::bigint";

/// What stands between BEGIN and COMMIT.
Result<RivalIssue> take_and_write(PostgresConnection& connection, std::int64_t coupon_id,
                                  const std::string& user) {
    const std::string coupon = std::to_string(coupon_id);
    const auto taken = connection.run({take_one_if_any_sql, {coupon}}, rival_deadline());
    if (!taken) return taken.failure();
    if (taken->row_count() == 0) {
        const auto open = connection.run({is_open_sql, {coupon}}, rival_deadline());
        if (!open) return open.failure();
        const bool is_open = open->row_count() > 0 && open->boolean(0, 0);
        return RivalIssue{.answer = is_open ? RivalAnswer::sold_out : RivalAnswer::not_open};
    }
    const std::int64_t rank = taken->integer(0, 0);
    const auto event_id = write_issue(connection, coupon_id, user, rank);
    if (!event_id) return event_id.failure();
    if (!*event_id) return RivalIssue{.answer = RivalAnswer::already_registered};
    return RivalIssue{.answer = RivalAnswer::issued, .event_id = **event_id, .rank = rank};
}

Result<RivalIssue> issue_counter_first(PostgresConnection& connection, std::int64_t coupon_id,
                                       const std::string& user) {
    if (auto begun = connection.run({"BEGIN", {}}, rival_deadline()); !begun) {
        return begun.failure();
    }
    auto issue = take_and_write(connection, coupon_id, user);
    if (!issue || issue->answer != RivalAnswer::issued) {
        connection.roll_back(rival_deadline());
        return issue;
    }
    if (auto done = connection.exchange_and_commit({}, rival_deadline()); !done) {
        return done.failure();
    }
    return issue;
}

}  // namespace

const Rival counter_first{.name = "conditional update", .schema = "", .issue = issue_counter_first};

}  // namespace dibs::bench
