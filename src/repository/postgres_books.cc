#include "repository/postgres_books.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "repository/postgres_listing.h"
#include "repository/postgres_rows.h"

// The history goes first: the inventory's guard holds an event against it. Each insert is joined
// with the coupon's row, which changes nothing on one server and keeps it on one shard where the
// tables are distributed. No statement here has a join for which a planner could choose another way
// than the one along the keys.

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;
using base::to_microseconds;
using database::PostgresRows;
using database::PostgresStatement;
using database::to_array;
using domain::Coupon;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::RegisteredCouponCreate;
using domain::UserId;

namespace {

constexpr std::string_view lock_coupon_sql =
    "SELECT id, name, description, starts_at, ends_at, limit_per_user, created_at"
    "  FROM coupon WHERE id = $1::bigint FOR UPDATE";

// The newest event carries the fold of all before it, so the books open in one look however long
// they are.
constexpr std::string_view head_sql =
    "SELECT sequence, stock_after, issued_after FROM coupon_inventory"
    " WHERE coupon_id = $1::bigint ORDER BY sequence DESC, is_cumulative DESC LIMIT 1";

// One descent of the index for each user. LIMIT keeps the inner part from being turned into a join
// of the whole table; the number itself never cuts anything off.
constexpr std::string_view held_sql =
    "SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key, r.registered_at,"
    "       r.status"
    "  FROM unnest($2::text[]) AS asked (user_id)"
    " CROSS JOIN LATERAL ("
    "    SELECT coupon_id, sequence, user_id, nth, rank, idempotency_key, registered_at, status"
    "      FROM registered_coupon"
    "     WHERE registered_coupon.user_id = asked.user_id AND coupon_id = $1::bigint"
    "     ORDER BY nth LIMIT 1000000) AS r";

constexpr std::string_view insert_history_sql =
    "INSERT INTO coupon_inventory_history"
    "  (coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, created_at)"
    " SELECT c.id, e.sequence, 'issued', -1, e.stock_after, e.issued_after, e.user_id, e.created_at"
    "   FROM coupon AS c"
    "  CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[])"
    "     AS e (sequence, stock_after, issued_after, user_id, created_at)"
    "  WHERE c.id = $1::bigint";

constexpr std::string_view insert_inventory_sql =
    "INSERT INTO coupon_inventory"
    "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, user_id,"
    "   created_at)"
    " SELECT c.id, e.sequence, false, 'issued', -1, e.stock_after, e.issued_after, e.user_id,"
    "        e.created_at"
    "   FROM coupon AS c"
    "  CROSS JOIN unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[])"
    "     AS e (sequence, stock_after, issued_after, user_id, created_at)"
    "  WHERE c.id = $1::bigint";

constexpr std::string_view insert_registered_sql =
    "INSERT INTO registered_coupon"
    "  (user_id, coupon_id, nth, sequence, rank, idempotency_key, registered_at, status)"
    " SELECT e.user_id, c.id, e.nth, e.sequence, e.rank, e.idempotency_key, e.registered_at,"
    "        'active'"
    "   FROM coupon AS c"
    "  CROSS JOIN unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],"
    "                    $7::bigint[])"
    "     AS e (user_id, nth, sequence, rank, idempotency_key, registered_at)"
    "  WHERE c.id = $1::bigint";

constexpr std::string_view insert_one_history_sql =
    "INSERT INTO coupon_inventory_history"
    "  (coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason, created_at)"
    " VALUES ($1::bigint, $2::bigint, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::text,"
    "         $8::text, $9::bigint)";

constexpr std::string_view insert_one_inventory_sql =
    "INSERT INTO coupon_inventory"
    "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, user_id,"
    "   reason, created_at)"
    " VALUES ($1::bigint, $2::bigint, false, $3::text, $4::bigint, $5::bigint, $6::bigint,"
    "         $7::text, $8::text, $9::bigint)";

/// The columns of one coupon's registrations, as arrays.
struct Columns {
    std::vector<std::int64_t> sequences, stocks, ranks, nths, times;
    std::vector<std::string_view> users;
    std::vector<std::optional<std::string_view>> keys;

    explicit Columns(std::span<const RegisteredCouponCreate> creates) {
        for (const RegisteredCouponCreate& create : creates) {
            sequences.push_back(create.sequence.value);
            stocks.push_back(create.stock_after);
            ranks.push_back(create.rank);
            nths.push_back(create.nth);
            times.push_back(to_microseconds(create.registered_at));
            users.push_back(create.user_id.text());
            if (create.idempotency_key) {
                keys.emplace_back(create.idempotency_key->text());
            } else {
                keys.emplace_back(std::nullopt);
            }
        }
    }
};

std::vector<PostgresStatement> insert_statements(std::span<const RegisteredCouponCreate> creates) {
    const Columns columns(creates);
    const std::string coupon_id = to_parameter(creates.front().coupon_id);
    const std::string sequences = to_array(columns.sequences);
    const std::string ranks = to_array(columns.ranks);
    const std::string users = to_array(columns.users);
    const std::string times = to_array(columns.times);
    const std::vector<std::optional<std::string>> event = {
        coupon_id, sequences, to_array(columns.stocks), ranks, users, times};
    return {{insert_history_sql, event},
            {insert_inventory_sql, event},
            {insert_registered_sql,
             {coupon_id, users, to_array(columns.nths), sequences, ranks, to_array(columns.keys),
              times}}};
}

/// What the group owes to the listings by user.
PostgresStatement group_is_due(std::span<const RegisteredCouponCreate> creates) {
    UserMarks users;
    for (const RegisteredCouponCreate& create : creates) users.add(create.user_id);
    return registered_is_due(creates.front().coupon_id, creates.front().sequence,
                             creates.back().sequence, users);
}

}  // namespace

PostgresStatement lock_coupon_statement(CouponId coupon_id) {
    return {lock_coupon_sql, {to_parameter(coupon_id)}};
}

PostgresStatement head_statement(CouponId coupon_id) {
    return {head_sql, {to_parameter(coupon_id)}};
}

std::optional<Coupon> to_coupon(const PostgresRows& terms, const PostgresRows& head) {
    if (terms.row_count() == 0) return std::nullopt;
    const domain::Balance balance =
        head.row_count() == 0 ? domain::Balance{} : read_balance(PostgresRow(head, 0), 0);
    return Coupon(std::make_shared<const CouponTerms>(read_terms(PostgresRow(terms, 0))), balance);
}

std::vector<PostgresStatement> append_event_statements(const CouponInventory& event) {
    std::vector<std::optional<std::string>> values = {
        to_parameter(event.coupon_id),    to_parameter(event.sequence),
        std::string(name_of(event.kind)), to_parameter(event.amount),
        to_parameter(event.stock_after),  to_parameter(event.issued_after),
        to_parameter(event.user_id),      event.reason,
        to_parameter(event.created_at)};
    return {{insert_one_history_sql, values}, {insert_one_inventory_sql, values}};
}

Result<OpenCoupon> PostgresBooks::open(CouponId coupon_id, std::span<const UserId* const> users) {
    base::ensure(!lease_, "where groups are of one coupon, books open one coupon");
    std::vector<std::string_view> names;
    names.reserve(users.size());
    for (const UserId* const user : users) names.push_back(user->text());
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    auto begun = pool_.begin({lock_coupon_statement(coupon_id),
                              head_statement(coupon_id),
                              {held_sql, {to_parameter(coupon_id), to_array(names)}}});
    if (!begun) return begun.failure();
    lease_.emplace(std::move(begun->lease));
    const PostgresRows& held = begun->rows[2];
    OpenCoupon opened{.coupon = to_coupon(begun->rows[0], begun->rows[1]), .holdings = {}};
    for (std::size_t i = 0; i < held.row_count(); ++i) {
        auto registered = read_registered(PostgresRow(held, i));
        if (!registered) return registered.failure();
        opened.holdings.add(*std::move(registered));
    }
    return opened;
}

Result<void> PostgresBooks::append(std::span<const RegisteredCouponCreate> creates) {
    creates_.insert(creates_.end(), creates.begin(), creates.end());
    return {};
}

// With nothing to write it commits all the same: the lock on the coupon is in the server's log, so
// the commit waits for whatever a commit waits for, and all that was in the log before is as
// durable then as this is.
Result<void> PostgresBooks::commit() {
    if (!lease_) {
        if (creates_.empty()) return {};  // Nothing was looked at, nothing is to be written.
        auto begun = pool_.begin({});
        if (!begun) return begun.failure();
        lease_.emplace(std::move(begun->lease));
    }
    std::vector<PostgresStatement> statements;
    if (!creates_.empty()) statements = insert_statements(creates_);
    const std::size_t insert_count = statements.size();
    if (!creates_.empty() && !place_.is_alone()) statements.push_back(group_is_due(creates_));
    const auto rows = lease_->commit(statements);
    if (!rows) return rows.failure();
    for (const PostgresRows& inserted : std::span(*rows).first(insert_count)) {
        if (std::cmp_equal(inserted.changed_count(), creates_.size())) continue;
        base::ensure(inserted.changed_count() == 0, "a group is written whole or not at all");
        return Failure{FailureKind::refused,
                       fmt::format("there is no coupon {}", creates_.front().coupon_id.value)};
    }
    return {};
}

}  // namespace dibs::repository
