// The way that most would choose: the coupon's row is locked, and whoever comes later waits until
// the one before has committed. Right, and as slow as a commit and seven other round trips, because
// all of them are spent while everybody waits.

#include "rivals/plain_tables.h"

namespace dibs::bench {

namespace {

constexpr TransactionForm locking{
    .begin_sql = "BEGIN",
    .look_sql =
        "SELECT stock, issued, now() BETWEEN starts_at AND ends_at FROM coupon"
        " WHERE id = $1::bigint FOR UPDATE"};

base::Result<RivalIssue> issue_under_lock(database::PostgresConnection& connection,
                                          std::int64_t coupon_id, const std::string& user) {
    return issue_in_transaction(connection, locking, coupon_id, user);
}

}  // namespace

const Rival row_lock{.name = "row lock", .schema = "", .issue = issue_under_lock};

}  // namespace dibs::bench
