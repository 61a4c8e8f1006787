#include <fmt/format.h>

#include <limits>
#include <unordered_map>
#include <utility>

#include "repository/sqlite_books.h"
#include "repository/sqlite_coupon_repository.h"
#include "repository/sqlite_rows.h"

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using base::to_microseconds;
using database::SqliteConnection;
using database::SqliteReset;
using database::SqliteStatement;
using database::SqliteTransaction;
using domain::Coupon;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::RegisteredCoupon;
using domain::Sequence;

namespace {

Result<Coupon> read_coupon_with_balance(const SqliteStatement& row) {
    return Coupon(std::make_shared<const CouponTerms>(read_terms(row)),
                  read_balance(row, terms_column_count));
}

Result<RegisteredWithTerms> read_registered_with_terms(const SqliteStatement& row) {
    auto registered = read_registered(row);
    if (!registered) return registered.failure();
    return RegisteredWithTerms{
        *std::move(registered),
        std::make_shared<const CouponTerms>(read_terms(row, registered_column_count))};
}

/// What was read of coupons so far, in one reading.
using TermsByCoupon = std::unordered_map<CouponId, std::shared_ptr<const CouponTerms>>;

// Of the listings that are read together most are of the same few coupons: each is read once.
Result<std::shared_ptr<const CouponTerms>> terms_of(SqliteConnection& connection,
                                                    CouponId coupon_id, TermsByCoupon& known) {
    std::shared_ptr<const CouponTerms>& terms = known[coupon_id];
    if (terms) return terms;
    auto found = read_current_terms(connection, coupon_id);
    if (!found) return found.failure();
    if (!*found) {
        return Failure{FailureKind::corrupted,
                       fmt::format("there is no coupon {}, which somebody is registered for",
                                   coupon_id.value)};
    }
    terms = *std::move(found);
    return terms;
}

Result<Listing> read_listing(SqliteConnection& connection, const ListingQuery& query,
                             TermsByCoupon& known) {
    const auto statement = connection.cached(
        "SELECT coupon_id, sequence, user_id, nth, rank, idempotency_key, registered_at, status"
        "  FROM registered_coupon"
        " WHERE user_id = ?1 AND (registered_at, coupon_id, sequence) < (?2, ?3, ?4)"
        " ORDER BY registered_at DESC, coupon_id DESC, sequence DESC LIMIT ?5");
    if (!statement) return statement.failure();
    constexpr std::int64_t past_the_newest = std::numeric_limits<std::int64_t>::max();
    const auto& after = query.after;
    (*statement)
        ->bind(query.user.text(), after ? to_microseconds(after->registered_at) : past_the_newest,
               after ? after->id.coupon_id.value : past_the_newest,
               after ? after->id.sequence.value : past_the_newest, one_more(query.count_max));
    return read_page<RegisteredWithTerms>(
        **statement, query.count_max,
        [&](const SqliteStatement& row) -> Result<RegisteredWithTerms> {
            auto registered = read_registered(row);
            if (!registered) return registered.failure();
            auto terms = terms_of(connection, registered->coupon_id, known);
            if (!terms) return terms.failure();
            return RegisteredWithTerms{*std::move(registered), *std::move(terms)};
        });
}

}  // namespace

Result<std::optional<Coupon>> SqliteCouponRepository::find(CouponId coupon_id) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    return read_coupon(**reader, coupon_id);
}

Result<Page<Coupon>> SqliteCouponRepository::list(CouponId after, std::size_t count_max) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(
        "SELECT c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user,"
        "       c.created_at, i.sequence, i.stock_after, i.issued_after"
        "  FROM coupon AS c"
        "  LEFT JOIN coupon_inventory AS i"
        "    ON i.coupon_id = c.id AND (i.sequence, i.is_cumulative) ="
        "       (SELECT sequence, is_cumulative FROM coupon_inventory WHERE coupon_id = c.id"
        "         ORDER BY sequence DESC, is_cumulative DESC LIMIT 1)"
        " WHERE c.id > ?1 ORDER BY c.id LIMIT ?2");
    if (!statement) return statement.failure();
    (*statement)->bind(after.value, one_more(count_max));
    return read_page<Coupon>(**statement, count_max, read_coupon_with_balance);
}

Result<Page<Coupon>> SqliteCouponRepository::list_open(Instant now,
                                                       std::optional<OpeningPlace> after,
                                                       std::size_t count_max) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(
        "SELECT c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user,"
        "       c.created_at, i.sequence, i.stock_after, i.issued_after"
        "  FROM coupon AS c"
        "  LEFT JOIN coupon_inventory AS i"
        "    ON i.coupon_id = c.id AND (i.sequence, i.is_cumulative) ="
        "       (SELECT sequence, is_cumulative FROM coupon_inventory WHERE coupon_id = c.id"
        "         ORDER BY sequence DESC, is_cumulative DESC LIMIT 1)"
        " WHERE (c.starts_at, c.id) > (?1, ?2) AND c.ends_at >= ?3"
        " ORDER BY c.starts_at, c.id LIMIT ?4");
    if (!statement) return statement.failure();
    const std::int64_t after_start =
        after ? to_microseconds(after->from) : std::numeric_limits<std::int64_t>::min();
    const std::int64_t after_id = after ? after->id.value : 0;
    (*statement)->bind(after_start, after_id, to_microseconds(now), one_more(count_max));
    return read_page<Coupon>(**statement, count_max, read_coupon_with_balance);
}

Result<std::shared_ptr<const CouponTerms>> SqliteCouponRepository::terms_at(CouponId coupon_id,
                                                                            Sequence sequence) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(
        "SELECT t.coupon_id, t.name, t.description, t.starts_at, t.ends_at, t.limit_per_user,"
        "       c.created_at"
        "  FROM coupon_terms AS t JOIN coupon AS c ON c.id = t.coupon_id"
        " WHERE t.coupon_id = ?1 AND t.after_sequence < ?2 ORDER BY t.version DESC LIMIT 1");
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    (*statement)->bind(coupon_id.value, sequence.value);
    const auto row = (*statement)->step();
    if (!row) return row.failure();
    if (!*row) {
        return Failure{FailureKind::corrupted, fmt::format("coupon {} has no terms at sequence {}",
                                                           coupon_id.value, sequence.value)};
    }
    return std::shared_ptr<const CouponTerms>(
        std::make_shared<const CouponTerms>(read_terms(**statement)));
}

std::vector<Result<Listing>> SqliteCouponRepository::list_registered(
    std::span<const ListingQuery> queries) {
    auto reader = readers_.lend();
    if (!reader) return std::vector<Result<Listing>>(queries.size(), reader.failure());
    const auto reading = SqliteTransaction::begin(**reader, SqliteTransaction::Kind::read);
    if (!reading) return std::vector<Result<Listing>>(queries.size(), reading.failure());
    TermsByCoupon terms;
    std::vector<Result<Listing>> listings;
    listings.reserve(queries.size());
    for (const ListingQuery& query : queries) {
        listings.push_back(read_listing(**reader, query, terms));
    }
    return listings;
}

Result<std::optional<RegisteredWithTerms>> SqliteCouponRepository::find_registered(
    const domain::UserId& user, domain::RegistrationId id) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(
        "SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key,"
        "       r.registered_at, r.status,"
        "       c.id, c.name, c.description, c.starts_at, c.ends_at, c.limit_per_user, c.created_at"
        "  FROM registered_coupon AS r JOIN coupon AS c ON c.id = r.coupon_id"
        " WHERE r.user_id = ?1 AND r.coupon_id = ?2 AND r.sequence = ?3");
    if (!statement) return statement.failure();
    (*statement)->bind(user.text(), id.coupon_id.value, id.sequence.value);
    auto page = read_page<RegisteredWithTerms>(**statement, 1, read_registered_with_terms);
    if (!page) return page.failure();
    if (page->rows.empty()) return std::optional<RegisteredWithTerms>();
    return std::optional<RegisteredWithTerms>(std::move(page->rows.front()));
}

Result<Page<CouponInventory>> SqliteCouponRepository::live_events(CouponId coupon_id,
                                                                  Sequence after,
                                                                  std::size_t count_max) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(
        "SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason,"
        "       created_at"
        "  FROM coupon_inventory WHERE coupon_id = ?1 AND sequence > ?2"
        " ORDER BY sequence, is_cumulative LIMIT ?3");
    if (!statement) return statement.failure();
    (*statement)->bind(coupon_id.value, after.value, one_more(count_max));
    return read_page<CouponInventory>(**statement, count_max, read_event);
}

Result<Page<domain::CouponInventoryHistory>> SqliteCouponRepository::history(
    CouponId coupon_id, Instant from, Instant to, Sequence after, std::size_t count_max) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(
        "SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason,"
        "       created_at"
        "  FROM coupon_inventory_history"
        " WHERE coupon_id = ?1 AND sequence > ?2 AND created_at BETWEEN ?3 AND ?4"
        " ORDER BY sequence LIMIT ?5");
    if (!statement) return statement.failure();
    (*statement)
        ->bind(coupon_id.value, after.value, to_microseconds(from), to_microseconds(to),
               one_more(count_max));
    return read_page<CouponInventory>(**statement, count_max, read_event);
}

Result<domain::Balance> SqliteCouponRepository::balance_at(CouponId coupon_id, Instant at) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto statement = (*reader)->cached(
        "SELECT sequence, stock_after, issued_after FROM coupon_inventory_history"
        " WHERE coupon_id = ?1 AND created_at <= ?2 ORDER BY sequence DESC LIMIT 1");
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    (*statement)->bind(coupon_id.value, to_microseconds(at));
    const auto row = (*statement)->step();
    if (!row) return row.failure();
    return *row ? read_balance(**statement, 0) : domain::Balance{};
}

Result<Page<RegisteredCoupon>> SqliteCouponRepository::registrations(CouponId coupon_id,
                                                                     Sequence after,
                                                                     std::size_t count_max) {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    // The history has the order, the registered coupons have the rest. CROSS JOIN keeps SQLite from
    // starting at the wrong end.
    const auto statement = (*reader)->cached(
        "SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key,"
        "       r.registered_at, r.status"
        "  FROM coupon_inventory_history AS h"
        "  CROSS JOIN registered_coupon AS r"
        "    ON r.user_id = h.user_id AND r.coupon_id = h.coupon_id AND r.sequence = h.sequence"
        " WHERE h.coupon_id = ?1 AND h.sequence > ?2 AND h.kind = 'issued'"
        " ORDER BY h.sequence LIMIT ?3");
    if (!statement) return statement.failure();
    (*statement)->bind(coupon_id.value, after.value, one_more(count_max));
    return read_page<RegisteredCoupon>(**statement, count_max, read_registered);
}

}  // namespace dibs::repository
