#include "repository/sqlite_coupon_repository.h"

#include <utility>

#include "repository/sqlite_books.h"
#include "repository/sqlite_rows.h"

namespace dibs::repository {

using base::Instant;
using base::Result;
using base::to_microseconds;
using database::SqliteConnection;
using database::SqliteReset;
using domain::Coupon;
using domain::CouponCreate;
using domain::CouponId;
using domain::CouponPatch;
using domain::CouponTerms;
using domain::Sequence;

namespace {

Result<void> insert_terms_version(SqliteConnection& connection, const CouponTerms& terms,
                                  Sequence after, Instant now) {
    const auto statement = connection.cached(
        "INSERT INTO coupon_terms"
        "  (coupon_id, version, after_sequence, name, description, starts_at, ends_at,"
        "   limit_per_user, created_at)"
        " SELECT ?1, 1 + coalesce(max(version), 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8"
        "   FROM coupon_terms WHERE coupon_id = ?1");
    if (!statement) return statement.failure();
    (*statement)
        ->bind(terms.id.value, after.value, terms.name, terms.description,
               to_microseconds(terms.from), to_microseconds(terms.to), terms.limit_per_user,
               to_microseconds(now));
    return (*statement)->run();
}

Result<CouponId> insert_coupon(SqliteConnection& connection, const CouponCreate& create,
                               Instant now) {
    const auto statement = connection.cached(
        "INSERT INTO coupon (name, description, starts_at, ends_at, limit_per_user, created_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id");
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    (*statement)
        ->bind(create.name, create.description, to_microseconds(create.from),
               to_microseconds(create.to), create.limit_per_user, to_microseconds(now));
    const auto row = (*statement)->step();
    if (!row) return row.failure();
    const CouponId id{(*statement)->integer(0)};
    const auto end = (*statement)->step();
    if (!end) return end.failure();
    return id;
}

Result<void> update_coupon(SqliteConnection& connection, const CouponTerms& terms) {
    const auto statement = connection.cached(
        "UPDATE coupon SET name = ?2, description = ?3, starts_at = ?4, ends_at = ?5"
        " WHERE id = ?1");
    if (!statement) return statement.failure();
    (*statement)
        ->bind(terms.id.value, terms.name, terms.description, to_microseconds(terms.from),
               to_microseconds(terms.to));
    return (*statement)->run();
}

/// The registered coupon behind a coupon's event, whoever holds it.
Result<std::optional<domain::RegisteredCoupon>> read_registered_at(SqliteConnection& connection,
                                                                   domain::RegistrationId id) {
    const auto statement = connection.cached(
        "SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key,"
        "       r.registered_at, r.status"
        "  FROM coupon_inventory_history AS h"
        "  CROSS JOIN registered_coupon AS r"
        "    ON r.user_id = h.user_id AND r.coupon_id = h.coupon_id AND r.sequence = h.sequence"
        " WHERE h.coupon_id = ?1 AND h.sequence = ?2 AND h.kind = 'issued'");
    if (!statement) return statement.failure();
    const SqliteReset reset_at_the_end(**statement);
    (*statement)->bind(id.coupon_id.value, id.sequence.value);
    const auto row = (*statement)->step();
    if (!row) return row.failure();
    if (!*row) return std::optional<domain::RegisteredCoupon>();
    auto registered = read_registered(**statement);
    if (!registered) return registered.failure();
    return std::optional<domain::RegisteredCoupon>(*std::move(registered));
}

Result<void> mark_returned(SqliteConnection& connection,
                           const domain::RegisteredCoupon& registered) {
    const auto statement = connection.cached(
        "UPDATE registered_coupon SET status = 'returned'"
        " WHERE user_id = ?1 AND coupon_id = ?2 AND nth = ?3");
    if (!statement) return statement.failure();
    (*statement)->bind(registered.user_id.text(), registered.coupon_id.value, registered.nth);
    return (*statement)->run();
}

}  // namespace

Result<std::unique_ptr<Books>> SqliteCouponRepository::open_books() {
    auto session = writer_.begin();
    if (!session) return session.failure();
    return std::unique_ptr<Books>(std::make_unique<SqliteBooks>(*std::move(session)));
}

Result<Coupon> SqliteCouponRepository::create(const CouponCreate& create, Instant now) {
    auto session = writer_.begin();
    if (!session) return session.failure();
    SqliteConnection& connection = session->connection();
    const auto id = insert_coupon(connection, create, now);
    if (!id) return id.failure();
    Coupon coupon(std::make_shared<const CouponTerms>(announced(*id, create, now)),
                  domain::Balance{});
    auto done = insert_terms_version(connection, coupon.terms(), Sequence{0}, now);
    if (!done) return done.failure();
    if (create.stock > 0) {
        const auto event =
            coupon.change_stock(domain::InventoryKind::stocked, create.stock, "created", now);
        base::ensure(event.has_value(), "a new coupon's stock fits");
        done = append_event(connection, *event);
        if (!done) return done.failure();
    }
    done = session->commit();
    if (!done) return done.failure();
    return coupon;
}

Result<std::optional<Coupon>> SqliteCouponRepository::patch(
    CouponId coupon_id, const CouponPatch& patch,
    const std::function<Result<void>(const CouponTerms&)>& check, Instant now) {
    auto session = writer_.begin();
    if (!session) return session.failure();
    SqliteConnection& connection = session->connection();
    const auto before = read_coupon(connection, coupon_id);
    if (!before) return before.failure();
    if (!*before) return std::optional<Coupon>();

    auto terms = std::make_shared<const CouponTerms>(patched((*before)->terms(), patch));
    if (auto allowed = check(*terms); !allowed) return allowed.failure();
    if (auto done = update_coupon(connection, *terms); !done) return done.failure();
    const domain::Balance balance = (*before)->balance();
    if (auto done = insert_terms_version(connection, *terms, balance.head, now); !done) {
        return done.failure();
    }
    if (auto done = session->commit(); !done) return done.failure();
    return std::optional<Coupon>(Coupon(std::move(terms), balance));
}

Result<StockChange> SqliteCouponRepository::change_stock(CouponId coupon_id,
                                                         domain::InventoryKind kind,
                                                         std::int64_t amount,
                                                         const std::string& reason, Instant now) {
    auto session = writer_.begin();
    if (!session) return session.failure();
    auto coupon = read_coupon(session->connection(), coupon_id);
    if (!coupon) return coupon.failure();
    if (!*coupon) return StockChange{};

    const std::int64_t stock_before = (*coupon)->balance().stock;
    auto event = (*coupon)->change_stock(kind, amount, reason, now);
    if (!event) return StockChange{outcome_of(event.error()), std::nullopt, stock_before};
    if (auto done = append_event(session->connection(), *event); !done) return done.failure();
    if (auto done = session->commit(); !done) return done.failure();
    const std::int64_t stock = event->stock_after;
    return StockChange{StockChange::Outcome::appended, *std::move(event), stock};
}

Result<TakeBack> SqliteCouponRepository::take_back(domain::RegistrationId id,
                                                   const std::string& reason, Instant now) {
    auto session = writer_.begin();
    if (!session) return session.failure();
    SqliteConnection& connection = session->connection();
    auto registered = read_registered_at(connection, id);
    if (!registered) return registered.failure();
    if (!*registered) return TakeBack{};
    if ((*registered)->status == domain::RegistrationStatus::returned) {
        return TakeBack{TakeBack::Outcome::already_returned, std::nullopt, **registered};
    }
    auto coupon = read_coupon(connection, id.coupon_id);
    if (!coupon) return coupon.failure();
    base::ensure(coupon->has_value(), "a registered coupon's coupon exists");

    auto event = (*coupon)->take_back(**registered, reason, now);
    if (auto done = append_event(connection, event); !done) return done.failure();
    if (auto done = mark_returned(connection, **registered); !done) return done.failure();
    if (auto done = session->commit(); !done) return done.failure();
    (*registered)->status = domain::RegistrationStatus::returned;
    return TakeBack{TakeBack::Outcome::returned, std::move(event), *std::move(registered).value()};
}

}  // namespace dibs::repository
