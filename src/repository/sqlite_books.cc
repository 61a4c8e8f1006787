#include "repository/sqlite_books.h"

#include <utility>

#include "repository/sqlite_rows.h"

// Every statement here names its rows by their whole key, so that each is one descent of one tree.
// The history goes first: the inventory's guard holds an event against it. An insert that is
// refused ends the transaction (OR ROLLBACK, as the guards do), because nothing of it is wanted
// then; so SQLite needn't keep what every page was before the statement.

namespace dibs::repository {

using base::Result;
using base::to_microseconds;
using database::SqliteConnection;
using database::SqliteReset;
using domain::Coupon;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::RegisteredCouponCreate;
using domain::UserId;

namespace {

constexpr std::string_view select_terms =
    "SELECT id, name, description, starts_at, ends_at, limit_per_user, created_at"
    "  FROM coupon WHERE id = ?1";

// The newest event carries the fold of all before it, so the books open in one look however long
// they are.
constexpr std::string_view select_coupon =
    "SELECT c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user, c.created_at,"
    "       i.sequence, i.stock_after, i.issued_after"
    "  FROM coupon AS c LEFT JOIN coupon_inventory AS i ON i.coupon_id = c.id"
    " WHERE c.id = ?1 ORDER BY i.sequence DESC, i.is_cumulative DESC LIMIT 1";

constexpr std::string_view select_held =
    "SELECT coupon_id, sequence, user_id, nth, rank, idempotency_key, registered_at, status"
    "  FROM registered_coupon WHERE user_id = ?1 AND coupon_id = ?2 ORDER BY nth";

constexpr std::string_view insert_history =
    "INSERT OR ROLLBACK INTO coupon_inventory_history"
    "  (coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason, created_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

constexpr std::string_view insert_inventory =
    "INSERT OR ROLLBACK INTO coupon_inventory"
    "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, user_id,"
    "   reason, created_at)"
    " VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

constexpr std::string_view insert_registered =
    "INSERT OR ROLLBACK INTO registered_coupon"
    "  (user_id, coupon_id, nth, sequence, rank, idempotency_key, registered_at, status)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'active')";

Result<void> read_held(SqliteConnection& connection, CouponId coupon_id, const UserId& user,
                       domain::Holdings& holdings) {
    const auto statement = connection.cached(select_held);
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    (*statement)->bind(user.text(), coupon_id.value);
    while (true) {
        const auto row = (*statement)->step();
        if (!row) return row.failure();
        if (!*row) return {};
        auto registered = read_registered(**statement);
        if (!registered) return registered.failure();
        holdings.add(*std::move(registered));
    }
}

Result<void> insert_event(SqliteConnection& connection, std::string_view sql,
                          const CouponInventory& event) {
    const auto statement = connection.cached(sql);
    if (!statement) return statement.failure();
    (*statement)
        ->bind(event.coupon_id.value, event.sequence.value, name_of(event.kind), event.amount,
               event.stock_after, event.issued_after, to_column(event.user_id), event.reason,
               to_microseconds(event.created_at));
    return (*statement)->run();
}

Result<void> insert_registration(SqliteConnection& connection,
                                 const RegisteredCouponCreate& create) {
    const auto statement = connection.cached(insert_registered);
    if (!statement) return statement.failure();
    (*statement)
        ->bind(create.user_id.text(), create.coupon_id.value, create.nth, create.sequence.value,
               create.rank, to_column(create.idempotency_key),
               to_microseconds(create.registered_at));
    return (*statement)->run();
}

}  // namespace

Result<std::shared_ptr<const CouponTerms>> read_current_terms(SqliteConnection& connection,
                                                              CouponId coupon_id) {
    const auto statement = connection.cached(select_terms);
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    (*statement)->bind(coupon_id.value);
    const auto row = (*statement)->step();
    if (!row) return row.failure();
    if (!*row) return std::shared_ptr<const CouponTerms>();
    return std::make_shared<const CouponTerms>(read_terms(**statement));
}

Result<std::optional<Coupon>> read_coupon(SqliteConnection& connection, CouponId coupon_id) {
    const auto statement = connection.cached(select_coupon);
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    (*statement)->bind(coupon_id.value);
    const auto row = (*statement)->step();
    if (!row) return row.failure();
    if (!*row) return std::optional<Coupon>();
    return std::optional<Coupon>(
        Coupon(std::make_shared<const CouponTerms>(read_terms(**statement)),
               read_balance(**statement, terms_column_count)));
}

Result<void> append_to_history(SqliteConnection& connection, const CouponInventory& event) {
    return insert_event(connection, insert_history, event);
}

Result<void> append_to_inventory(SqliteConnection& connection, const CouponInventory& event) {
    return insert_event(connection, insert_inventory, event);
}

Result<void> append_event(SqliteConnection& connection, const CouponInventory& event) {
    if (auto done = append_to_history(connection, event); !done) return done;
    return append_to_inventory(connection, event);
}

Result<OpenCoupon> SqliteBooks::open(CouponId coupon_id, std::span<const UserId* const> users) {
    auto coupon = read_coupon(session_.connection(), coupon_id);
    if (!coupon) return coupon.failure();
    OpenCoupon opened{.coupon = *std::move(coupon), .holdings = {}};
    if (!opened.coupon) return opened;
    for (const UserId* const user : users) {
        if (!opened.holdings.of(*user).empty()) continue;  // Named twice, read once.
        auto done = read_held(session_.connection(), coupon_id, *user, opened.holdings);
        if (!done) return done.failure();
    }
    return opened;
}

Result<void> SqliteBooks::append(std::span<const RegisteredCouponCreate> creates) {
    for (const RegisteredCouponCreate& create : creates) {
        auto done = append_event(session_.connection(), to_issued_event(create));
        if (!done) return done;
        done = insert_registration(session_.connection(), create);
        if (!done) return done;
    }
    return {};
}

Result<void> SqliteBooks::commit() {
    return session_.commit();
}

}  // namespace dibs::repository
