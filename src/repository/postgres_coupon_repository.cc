#include "repository/postgres_coupon_repository.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "repository/postgres_books.h"
#include "repository/postgres_listing.h"
#include "repository/postgres_rows.h"
#include "repository/postgres_stream_watch.h"

namespace dibs::repository {

using base::FailureKind;
using base::Instant;
using base::Result;
using database::PostgresStatement;
using domain::Coupon;
using domain::CouponCreate;
using domain::CouponId;
using domain::CouponPatch;
using domain::CouponTerms;
using domain::Sequence;

namespace {

constexpr std::string_view newest_id_sql = "SELECT coalesce(max(id), 0) FROM coupon";

// choice: whoever is unlucky five times in a row has met something else than bad luck.
constexpr int conflict_tries_max = 5;

// Who finds an id taken has lost it to somebody who has theirs now: all get one in the end, and
// only time bounds the tries. Five were too few for fifty at once.
constexpr int id_tries_max = std::numeric_limits<int>::max();

/// Begins a transaction with what locks and reads, and does `work` in it, which commits; again from
/// its start while somebody else was there first, and while there is time: a lock that is waited
/// for in vain has taken nearly all of it. All tries have one deadline.
template <typename Work>
auto in_transaction(PostgresPool& pool, const std::vector<PostgresStatement>& first, Work work,
                    int tries_max = conflict_tries_max)
    -> decltype(work(std::declval<PostgresPool::Begun&>())) {
    const base::SteadyInstant deadline = pool.deadline();
    const auto try_once = [&]() -> decltype(work(std::declval<PostgresPool::Begun&>())) {
        auto begun = pool.begin(first, deadline);
        if (!begun) return begun.failure();
        return work(*begun);
    };
    for (int tried = 1;; ++tried) {
        auto done = try_once();
        if (done || done.failure().kind != FailureKind::conflict || tried == tries_max ||
            pool.clock().steady_now() + pool.patience() / 10 >= deadline)
            return done;
    }
}

PostgresStatement insert_terms_version(const CouponTerms& terms, Sequence after, Instant now) {
    return {
        "INSERT INTO coupon_terms"
        "  (coupon_id, version, after_sequence, name, description, starts_at, ends_at,"
        "   limit_per_user, created_at)"
        " SELECT $1::bigint, 1 + coalesce(max(version), 0), $2::bigint, $3::text, $4::text,"
        "        $5::bigint, $6::bigint, $7::bigint, $8::bigint"
        "   FROM coupon_terms WHERE coupon_id = $1::bigint",
        {to_parameter(terms.id), to_parameter(after), terms.name, terms.description,
         to_parameter(terms.from), to_parameter(terms.to), to_parameter(terms.limit_per_user),
         to_parameter(now)}};
}

PostgresStatement insert_coupon(const CouponTerms& terms) {
    return {
        "INSERT INTO coupon"
        "  (id, name, description, starts_at, ends_at, limit_per_user, created_at)"
        " VALUES ($1::bigint, $2::text, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::bigint)",
        {to_parameter(terms.id), terms.name, terms.description, to_parameter(terms.from),
         to_parameter(terms.to), to_parameter(terms.limit_per_user),
         to_parameter(terms.created_at)}};
}

PostgresStatement update_coupon(const CouponTerms& terms) {
    return {
        "UPDATE coupon SET name = $2::text, description = $3::text, starts_at = $4::bigint,"
        "       ends_at = $5::bigint"
        " WHERE id = $1::bigint",
        {to_parameter(terms.id), terms.name, terms.description, to_parameter(terms.from),
         to_parameter(terms.to)}};
}

/// The registered coupon behind a coupon's event, whoever holds it.
PostgresStatement registered_at(domain::RegistrationId id) {
    return {
        "SELECT r.coupon_id, r.sequence, r.user_id, r.nth, r.rank, r.idempotency_key,"
        "       r.registered_at, r.status"
        "  FROM coupon_inventory_history AS h"
        "  JOIN registered_coupon AS r"
        "    ON r.user_id = h.user_id AND r.coupon_id = h.coupon_id AND r.sequence = h.sequence"
        " WHERE h.coupon_id = $1::bigint AND h.sequence = $2::bigint AND h.kind = 'issued'",
        {to_parameter(id.coupon_id), to_parameter(id.sequence)}};
}

PostgresStatement mark_returned(const domain::RegisteredCoupon& registered) {
    return {
        "UPDATE registered_coupon SET status = 'returned'"
        " WHERE user_id = $1::text AND coupon_id = $2::bigint AND nth = $3::bigint",
        {registered.user_id.text(), to_parameter(registered.coupon_id),
         to_parameter(registered.nth)}};
}

}  // namespace

Result<std::unique_ptr<Books>> PostgresCouponRepository::open_books() {
    return std::unique_ptr<Books>(std::make_unique<PostgresBooks>(writers_, place_));
}

Result<Coupon> PostgresCouponRepository::create(const CouponCreate& create, Instant now) {
    return create_beyond(CouponId{0}, create, now);
}

// The id is the next one that is free: the key refuses it to all but one of those who take it at
// once, and the others look again.
Result<Coupon> PostgresCouponRepository::create_beyond(CouponId floor, const CouponCreate& create,
                                                       Instant now) {
    const auto create_next = [&](PostgresPool::Begun& begun) {
        auto created = create_in(begun, floor, create, now);
        if (created || !begun.lease->met_taken_key()) return created;
        return Result<Coupon>(base::Failure{FailureKind::conflict, created.failure().what});
    };
    return in_transaction(writers_, {{newest_id_sql, {}}}, create_next, id_tries_max);
}

Result<CouponId> PostgresCouponRepository::newest_id() {
    const auto rows = readers_.read_one({newest_id_sql, {}});
    if (!rows) return rows.failure();
    return CouponId{rows->integer(0, 0)};
}

Result<Coupon> PostgresCouponRepository::create_in(PostgresPool::Begun& begun, CouponId floor,
                                                   const CouponCreate& create, Instant now) {
    const CouponId newest{begun.rows[0].integer(0, 0)};
    const CouponId id = ShardMap(place_.count).first_id_at(place_.place, std::max(floor, newest));
    Coupon coupon(std::make_shared<const CouponTerms>(announced(id, create, now)),
                  domain::Balance{});
    std::vector<PostgresStatement> statements = {
        insert_coupon(coupon.terms()), insert_terms_version(coupon.terms(), Sequence{0}, now)};
    if (create.stock > 0) {
        const auto event =
            coupon.change_stock(domain::InventoryKind::stocked, create.stock, "created", now);
        base::ensure(event.has_value(), "a new coupon's stock fits");
        for (PostgresStatement& statement : append_event_statements(*event)) {
            statements.push_back(std::move(statement));
        }
    }
    const auto done = begun.lease.commit(statements);
    if (!done) return done.failure();
    return coupon;
}

Result<std::optional<Coupon>> PostgresCouponRepository::patch(
    CouponId coupon_id, const CouponPatch& patch,
    const std::function<Result<void>(const CouponTerms&)>& check, Instant now) {
    const std::vector<PostgresStatement> reads = {lock_coupon_statement(coupon_id),
                                                  head_statement(coupon_id)};
    const auto patch_in = [&](PostgresPool::Begun& begun) -> Result<std::optional<Coupon>> {
        const auto before = to_coupon(begun.rows[0], begun.rows[1]);
        if (!before) return std::optional<Coupon>();
        auto terms = std::make_shared<const CouponTerms>(patched(before->terms(), patch));
        if (auto allowed = check(*terms); !allowed) return allowed.failure();
        const domain::Balance balance = before->balance();
        std::vector<PostgresStatement> statements = {
            update_coupon(*terms), insert_terms_version(*terms, balance.head, now)};
        if (!place_.is_alone()) statements.push_back(terms_are_due(coupon_id));
        const auto done = begun.lease.commit(statements);
        if (!done) return done.failure();
        return std::optional<Coupon>(Coupon(std::move(terms), balance));
    };
    return in_transaction(writers_, reads, patch_in);
}

Result<StockChange> PostgresCouponRepository::change_stock(CouponId coupon_id,
                                                           domain::InventoryKind kind,
                                                           std::int64_t amount,
                                                           const std::string& reason, Instant now) {
    return in_transaction(writers_, {lock_coupon_statement(coupon_id), head_statement(coupon_id)},
                          [&](PostgresPool::Begun& begun) {
                              return change_stock_in(begun, kind, amount, reason, now);
                          });
}

Result<StockChange> PostgresCouponRepository::change_stock_in(PostgresPool::Begun& begun,
                                                              domain::InventoryKind kind,
                                                              std::int64_t amount,
                                                              const std::string& reason,
                                                              Instant now) {
    auto coupon = to_coupon(begun.rows[0], begun.rows[1]);
    if (!coupon) return StockChange{};
    const std::int64_t stock_before = coupon->balance().stock;
    auto event = coupon->change_stock(kind, amount, reason, now);
    if (!event) return StockChange{outcome_of(event.error()), std::nullopt, stock_before};
    auto statements = append_event_statements(*event);
    if (amount > 0) add_news(event->coupon_id, statements);
    const auto done = begun.lease.commit(statements);
    if (!done) return done.failure();
    const std::int64_t stock = event->stock_after;
    return StockChange{StockChange::Outcome::appended, *std::move(event), stock};
}

Result<TakeBack> PostgresCouponRepository::take_back(domain::RegistrationId id,
                                                     const std::string& reason, Instant now) {
    return in_transaction(
        writers_,
        {lock_coupon_statement(id.coupon_id), head_statement(id.coupon_id), registered_at(id)},
        [&](PostgresPool::Begun& begun) { return take_back_in(begun, reason, now); });
}

Result<TakeBack> PostgresCouponRepository::take_back_in(PostgresPool::Begun& begun,
                                                        const std::string& reason, Instant now) {
    if (begun.rows[2].row_count() == 0) return TakeBack{};
    auto registered = read_registered(PostgresRow(begun.rows[2], 0));
    if (!registered) return registered.failure();
    if (registered->status == domain::RegistrationStatus::returned) {
        return TakeBack{TakeBack::Outcome::already_returned, std::nullopt, *std::move(registered)};
    }
    auto coupon = to_coupon(begun.rows[0], begun.rows[1]);
    base::ensure(coupon.has_value(), "a registered coupon's coupon exists");
    auto event = coupon->take_back(*registered, reason, now);
    auto statements = append_event_statements(event);
    statements.push_back(mark_returned(*registered));
    if (!place_.is_alone()) statements.push_back(returned_is_due(*registered));
    add_news(registered->coupon_id, statements);
    const auto done = begun.lease.commit(statements);
    if (!done) return done.failure();
    registered->status = domain::RegistrationStatus::returned;
    return TakeBack{TakeBack::Outcome::returned, std::move(event), *std::move(registered)};
}

// With the commit, and only with it, as NOTIFY is part of the transaction.
void PostgresCouponRepository::add_news(CouponId coupon_id,
                                        std::vector<PostgresStatement>& statements) const {
    if (!tells_others_) return;
    statements.push_back({"SELECT pg_notify($1::text, $2::text)",
                          {std::string(stock_channel), to_parameter(coupon_id)}});
}

}  // namespace dibs::repository
