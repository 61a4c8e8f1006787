// No lock: the server is asked to behave as if requests came one after the other. Of those who
// meet on a hot coupon it lets one through and tells the others to try again, so that most of the
// work is thrown away.

#include "rivals/plain_tables.h"

namespace dibs::bench {

namespace {

constexpr TransactionForm optimistic{
    .begin_sql = "BEGIN ISOLATION LEVEL SERIALIZABLE",
    .look_sql =
        "SELECT stock, issued, now() BETWEEN starts_at AND ends_at FROM coupon"
        " WHERE id = $1::bigint"};

base::Result<RivalIssue> issue_serializable(database::PostgresConnection& connection,
                                            std::int64_t coupon_id, const std::string& user) {
    while (true) {
        auto done = issue_in_transaction(connection, optimistic, coupon_id, user);
        if (done || done.failure().kind != base::FailureKind::conflict) return done;
    }
}

}  // namespace

const Rival serializable{.name = "SERIALIZABLE", .schema = "", .issue = issue_serializable};

}  // namespace dibs::bench
