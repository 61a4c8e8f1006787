#include <fmt/format.h>

#include <limits>
#include <utility>

#include "repository/postgres_books.h"
#include "repository/postgres_coupon_repository.h"
#include "repository/postgres_listing.h"
#include "repository/postgres_rows.h"

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using domain::Coupon;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::RegisteredCoupon;
using domain::Sequence;

namespace {

Result<Coupon> read_coupon_with_balance(const PostgresRow& row) {
    return Coupon(std::make_shared<const CouponTerms>(read_terms(row)),
                  read_balance(row, postgres_terms_column_count));
}

}  // namespace

Result<std::optional<Coupon>> PostgresCouponRepository::find(CouponId coupon_id) {
    const auto rows = readers_.read(
        {{"SELECT id, name, description, starts_at, ends_at, limit_per_user, created_at"
          "  FROM coupon WHERE id = $1::bigint",
          {to_parameter(coupon_id)}},
         head_statement(coupon_id)});
    if (!rows) return rows.failure();
    return to_coupon((*rows)[0], (*rows)[1]);
}

Result<Page<Coupon>> PostgresCouponRepository::list(CouponId after, std::size_t count_max) {
    const auto rows = readers_.read_one(
        {"SELECT c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user,"
         "       c.created_at, i.sequence, i.stock_after, i.issued_after"
         "  FROM coupon AS c"
         "  LEFT JOIN LATERAL (SELECT sequence, stock_after, issued_after FROM coupon_inventory"
         "                      WHERE coupon_id = c.id"
         "                      ORDER BY sequence DESC, is_cumulative DESC LIMIT 1) AS i ON true"
         " WHERE c.id > $1::bigint ORDER BY c.id LIMIT $2::bigint",
         {to_parameter(after), one_more_parameter(count_max)}});
    if (!rows) return rows.failure();
    return read_page<Coupon>(*rows, count_max, read_coupon_with_balance);
}

Result<Page<Coupon>> PostgresCouponRepository::list_open(Instant now,
                                                         std::optional<OpeningPlace> after,
                                                         std::size_t count_max) {
    const std::string after_start =
        after ? to_parameter(after->from) : to_parameter(std::numeric_limits<std::int64_t>::min());
    const std::string after_id = to_parameter(after ? after->id : CouponId{0});
    const auto rows = readers_.read_one(
        {"SELECT c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user,"
         "       c.created_at, i.sequence, i.stock_after, i.issued_after"
         "  FROM coupon AS c"
         "  LEFT JOIN LATERAL (SELECT sequence, stock_after, issued_after FROM coupon_inventory"
         "                      WHERE coupon_id = c.id"
         "                      ORDER BY sequence DESC, is_cumulative DESC LIMIT 1) AS i ON true"
         " WHERE (c.starts_at, c.id) > ($1::bigint, $2::bigint) AND c.ends_at >= $3::bigint"
         " ORDER BY c.starts_at, c.id LIMIT $4::bigint",
         {after_start, after_id, to_parameter(now), one_more_parameter(count_max)}});
    if (!rows) return rows.failure();
    return read_page<Coupon>(*rows, count_max, read_coupon_with_balance);
}

Result<std::shared_ptr<const CouponTerms>> PostgresCouponRepository::terms_at(CouponId coupon_id,
                                                                              Sequence sequence) {
    const auto rows = readers_.read_one(
        {"SELECT t.coupon_id, t.name, t.description, t.starts_at, t.ends_at, t.limit_per_user,"
         "       c.created_at"
         "  FROM coupon_terms AS t JOIN coupon AS c ON c.id = t.coupon_id"
         " WHERE t.coupon_id = $1::bigint AND t.after_sequence < $2::bigint"
         " ORDER BY t.version DESC LIMIT 1",
         {to_parameter(coupon_id), to_parameter(sequence)}});
    if (!rows) return rows.failure();
    if (rows->row_count() == 0) {
        return Failure{FailureKind::corrupted, fmt::format("coupon {} has no terms at sequence {}",
                                                           coupon_id.value, sequence.value)};
    }
    return std::shared_ptr<const CouponTerms>(
        std::make_shared<const CouponTerms>(read_terms(PostgresRow(*rows, 0))));
}

std::vector<Result<Listing>> PostgresCouponRepository::list_registered(
    std::span<const ListingQuery> queries) {
    return read_listings(
        readers_,
        "SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key,"
        "       r.registered_at, r.status,"
        "       c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user,"
        "       c.created_at"
        "  FROM registered_coupon AS r JOIN coupon AS c ON c.id = r.coupon_id"
        " WHERE r.user_id = $1::text"
        "   AND (r.registered_at, r.coupon_id, r.sequence) < ($2::bigint, $3::bigint, $4::bigint)"
        " ORDER BY r.registered_at DESC, r.coupon_id DESC, r.sequence DESC LIMIT $5::bigint",
        queries);
}

Result<std::optional<RegisteredWithTerms>> PostgresCouponRepository::find_registered(
    const domain::UserId& user, domain::RegistrationId id) {
    const auto rows = readers_.read_one(
        {"SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key,"
         "       r.registered_at, r.status,"
         "       c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user,"
         "       c.created_at"
         "  FROM registered_coupon AS r JOIN coupon AS c ON c.id = r.coupon_id"
         " WHERE r.user_id = $1::text AND r.coupon_id = $2::bigint AND r.sequence = $3::bigint",
         {user.text(), to_parameter(id.coupon_id), to_parameter(id.sequence)}});
    if (!rows) return rows.failure();
    if (rows->row_count() == 0) return std::optional<RegisteredWithTerms>();
    auto registered = read_registered_with_terms(PostgresRow(*rows, 0));
    if (!registered) return registered.failure();
    return std::optional<RegisteredWithTerms>(*std::move(registered));
}

Result<Page<CouponInventory>> PostgresCouponRepository::live_events(CouponId coupon_id,
                                                                    Sequence after,
                                                                    std::size_t count_max) {
    const auto rows = readers_.read_one(
        {"SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason,"
         "       created_at"
         "  FROM coupon_inventory WHERE coupon_id = $1::bigint AND sequence > $2::bigint"
         " ORDER BY sequence, is_cumulative LIMIT $3::bigint",
         {to_parameter(coupon_id), to_parameter(after), one_more_parameter(count_max)}});
    if (!rows) return rows.failure();
    return read_page<CouponInventory>(*rows, count_max, read_event);
}

Result<Page<domain::CouponInventoryHistory>> PostgresCouponRepository::history(
    CouponId coupon_id, Instant from, Instant to, Sequence after, std::size_t count_max) {
    const auto rows = readers_.read_one(
        {"SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason,"
         "       created_at"
         "  FROM coupon_inventory_history"
         " WHERE coupon_id = $1::bigint AND sequence > $2::bigint"
         "   AND created_at BETWEEN $3::bigint AND $4::bigint"
         " ORDER BY sequence LIMIT $5::bigint",
         {to_parameter(coupon_id), to_parameter(after), to_parameter(from), to_parameter(to),
          one_more_parameter(count_max)}});
    if (!rows) return rows.failure();
    return read_page<CouponInventory>(*rows, count_max, read_event);
}

Result<domain::Balance> PostgresCouponRepository::balance_at(CouponId coupon_id, Instant at) {
    const auto rows = readers_.read_one(
        {"SELECT sequence, stock_after, issued_after FROM coupon_inventory_history"
         " WHERE coupon_id = $1::bigint AND created_at <= $2::bigint"
         " ORDER BY sequence DESC LIMIT 1",
         {to_parameter(coupon_id), to_parameter(at)}});
    if (!rows) return rows.failure();
    return rows->row_count() == 0 ? domain::Balance{} : read_balance(PostgresRow(*rows, 0), 0);
}

Result<Page<RegisteredCoupon>> PostgresCouponRepository::registrations(CouponId coupon_id,
                                                                       Sequence after,
                                                                       std::size_t count_max) {
    // The history has the order, the registered coupons have the rest.
    const auto rows = readers_.read_one(
        {"SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key,"
         "       r.registered_at, r.status"
         "  FROM coupon_inventory_history AS h"
         "  JOIN registered_coupon AS r"
         "    ON r.user_id = h.user_id AND r.coupon_id = h.coupon_id AND r.sequence = h.sequence"
         " WHERE h.coupon_id = $1::bigint AND h.sequence > $2::bigint AND h.kind = 'issued'"
         " ORDER BY h.sequence LIMIT $3::bigint",
         {to_parameter(coupon_id), to_parameter(after), one_more_parameter(count_max)}});
    if (!rows) return rows.failure();
    return read_page<RegisteredCoupon>(*rows, count_max, read_registered);
}

}  // namespace dibs::repository
