#include "rivals/plain_tables.h"

#include "base/clock.h"

namespace dibs::bench {

using base::Result;
using database::PostgresConnection;

namespace {

// choice: many times what the slowest rival's slowest request takes behind 31 others.
constexpr std::chrono::seconds rival_patience{60};

constexpr std::string_view holds_sql =
    "SELECT count(*) FROM registered_coupon WHERE coupon_id = $1::bigint AND user_id = $2::text";

constexpr std::string_view take_one_sql =
    "UPDATE coupon SET stock = stock - 1, issued = issued + 1 WHERE id = $1::bigint";

constexpr std::string_view insert_inventory_sql =
    "INSERT INTO coupon_inventory (coupon_id, kind, amount, user_id)"
    " VALUES ($1::bigint, 'issued', -1, $2::text) RETURNING id";

constexpr std::string_view insert_history_sql =
    "INSERT INTO coupon_inventory_history (id, coupon_id, kind, amount, user_id)"
    " VALUES ($1::bigint, $2::bigint, 'issued', -1, $3::text)";

constexpr std::string_view insert_registered_sql =
    "INSERT INTO registered_coupon (coupon_id, user_id, event_id, rank)"
    " VALUES ($1::bigint, $2::text, $3::bigint, $4::bigint)"
    " ON CONFLICT (coupon_id, user_id) DO NOTHING";

/// What stands between BEGIN and COMMIT.
Result<RivalIssue> look_and_write(PostgresConnection& connection, std::string_view look_sql,
                                  std::int64_t coupon_id, const std::string& user) {
    const std::string coupon = std::to_string(coupon_id);
    const auto terms = connection.run({look_sql, {coupon}}, rival_deadline());
    if (!terms) return terms.failure();
    if (terms->row_count() == 0 || !terms->boolean(0, 2)) return RivalIssue{};
    const auto held = connection.run({holds_sql, {coupon, user}}, rival_deadline());
    if (!held) return held.failure();
    if (held->integer(0, 0) > 0) return RivalIssue{.answer = RivalAnswer::already_registered};
    if (terms->integer(0, 0) <= 0) return RivalIssue{.answer = RivalAnswer::sold_out};
    const std::int64_t rank = terms->integer(0, 1) + 1;
    const auto event_id = write_issue(connection, coupon_id, user, rank);
    if (!event_id) return event_id.failure();
    if (!*event_id) return RivalIssue{.answer = RivalAnswer::already_registered};
    const auto taken = connection.run({take_one_sql, {coupon}}, rival_deadline());
    if (!taken) return taken.failure();
    return RivalIssue{.answer = RivalAnswer::issued, .event_id = **event_id, .rank = rank};
}

}  // namespace

const std::string_view plain_tables_sql = R"(
CREATE TABLE coupon (
    id             bigserial   PRIMARY KEY,
    name           text        NOT NULL,
    starts_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    limit_per_user int         NOT NULL,
    stock          bigint      NOT NULL CHECK (stock >= 0),
    issued         bigint      NOT NULL DEFAULT 0
);
CREATE TABLE coupon_inventory (
    id         bigserial   PRIMARY KEY,
    coupon_id  bigint      NOT NULL,
    kind       text        NOT NULL,
    amount     bigint      NOT NULL,
    user_id    text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX coupon_inventory_of_coupon ON coupon_inventory (coupon_id, id);
CREATE TABLE coupon_inventory_history (
    id         bigint      PRIMARY KEY,
    coupon_id  bigint      NOT NULL,
    kind       text        NOT NULL,
    amount     bigint      NOT NULL,
    user_id    text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE registered_coupon (
    id            bigserial   PRIMARY KEY,
    coupon_id     bigint      NOT NULL,
    user_id       text        NOT NULL,
    event_id      bigint      NOT NULL,
    rank          bigint      NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (coupon_id, user_id)
);
)";

base::SteadyInstant rival_deadline() {
    return base::SystemClock().steady_now() + rival_patience;
}

Result<std::optional<std::int64_t>> write_issue(PostgresConnection& connection,
                                                std::int64_t coupon_id, const std::string& user,
                                                std::int64_t rank) {
    const std::string coupon = std::to_string(coupon_id);
    const auto inventory = connection.run({insert_inventory_sql, {coupon, user}}, rival_deadline());
    if (!inventory) return inventory.failure();
    const std::int64_t event_id = inventory->integer(0, 0);
    const std::string id = std::to_string(event_id);
    const auto history = connection.run({insert_history_sql, {id, coupon, user}}, rival_deadline());
    if (!history) return history.failure();
    const auto registered = connection.run(
        {insert_registered_sql, {coupon, user, id, std::to_string(rank)}}, rival_deadline());
    if (!registered) return registered.failure();
    if (registered->changed_count() == 0) return std::optional<std::int64_t>();
    return std::optional(event_id);
}

Result<RivalIssue> issue_in_transaction(PostgresConnection& connection, const TransactionForm& form,
                                        std::int64_t coupon_id, const std::string& user) {
    if (auto begun = connection.run({form.begin_sql, {}}, rival_deadline()); !begun) {
        return begun.failure();
    }
    auto issue = look_and_write(connection, form.look_sql, coupon_id, user);
    if (!issue || issue->answer != RivalAnswer::issued) {
        connection.roll_back(rival_deadline());
        return issue;
    }
    if (auto done = connection.exchange_and_commit({}, rival_deadline()); !done) {
        return done.failure();
    }
    return issue;
}

}  // namespace dibs::bench
