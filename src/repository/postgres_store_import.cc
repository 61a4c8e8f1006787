#include "repository/postgres_store_import.h"

#include <optional>
#include <string_view>
#include <vector>

#include "repository/migrations.h"
#include "repository/postgres_listing.h"
#include "repository/postgres_rows.h"
#include "repository/postgres_store.h"

// A portion only collects its statements; the commit sends them all at once. The guards look at an
// INSERT as a whole, so many rows in one statement cost less than as many statements.

namespace dibs::repository {

using base::Result;
using base::to_microseconds;
using database::PostgresConnection;
using database::PostgresStatement;
using database::to_array;
using domain::CouponInventory;
using domain::CouponInventoryHistory;
using domain::CouponTerms;
using domain::RegisteredCoupon;

namespace {

// choice: a portion of some ten thousand rows takes a server a second, one that is busy or whose
// standby is far some more.
constexpr std::chrono::minutes import_patience{2};

constexpr std::string_view import_history_sql =
    "INSERT INTO coupon_inventory_history"
    "  (coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason, created_at)"
    " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[],"
    "                      $6::bigint[], $7::text[], $8::text[], $9::bigint[])";

constexpr std::string_view insert_live_sql =
    "INSERT INTO coupon_inventory"
    "  (coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason, created_at,"
    "   is_cumulative)"
    " SELECT e.*, false"
    "   FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[],"
    "               $6::bigint[], $7::text[], $8::text[], $9::bigint[]) AS e";

/// The columns of events, as arrays, in the order of the statements above.
std::vector<std::optional<std::string>> columns_of(std::span<const CouponInventory> events) {
    std::vector<std::int64_t> coupons, sequences, amounts, stocks, ranks, times;
    std::vector<std::string_view> kinds, reasons;
    std::vector<std::optional<std::string_view>> users;
    for (const CouponInventory& event : events) {
        coupons.push_back(event.coupon_id.value);
        sequences.push_back(event.sequence.value);
        kinds.push_back(name_of(event.kind));
        amounts.push_back(event.amount);
        stocks.push_back(event.stock_after);
        ranks.push_back(event.issued_after);
        users.push_back(event.user_id ? std::optional<std::string_view>(event.user_id->text())
                                      : std::nullopt);
        reasons.push_back(event.reason);
        times.push_back(to_microseconds(event.created_at));
    }
    return {to_array(coupons), to_array(sequences), to_array(kinds),
            to_array(amounts), to_array(stocks),    to_array(ranks),
            to_array(users),   to_array(reasons),   to_array(times)};
}

class PostgresImportPortion final : public ImportPortion {
public:
    PostgresImportPortion(PostgresConnection& connection, const base::Clock& clock,
                          ShardPlace place)
        : connection_(connection), clock_(clock), place_(place) {
        add("BEGIN ISOLATION LEVEL READ COMMITTED", {});
    }

    Result<void> put_coupon(const CouponTerms& coupon) override;
    Result<void> add_terms(const TermsInForce& version, std::int64_t number) override;
    Result<void> add_history(std::span<const CouponInventoryHistory> events) override;
    Result<void> add_registered(std::span<const RegisteredCoupon> registered) override;
    Result<void> mark_returned(const RegisteredCoupon& registered) override;
    Result<void> add_live(std::span<const CouponInventory> events) override;
    Result<void> fold_live(const CouponInventory& cumulative) override;
    Result<void> put_compaction(const CompactionRun& run) override;
    Result<void> put_compaction_points(std::int64_t run,
                                       std::span<const CompactionPoint> points) override;
    Result<void> mark_unfinished(bool is_unfinished) override;
    Result<void> commit() override;

private:
    void add(std::string_view sql, std::vector<std::optional<std::string>> parameters) {
        statements_.push_back({sql, std::move(parameters)});
    }
    /// Leaves word for those who fill the listings, where there are any.
    void add_due(PostgresStatement statement) {
        if (!place_.is_alone()) statements_.push_back(std::move(statement));
    }
    void add_registered_due(std::span<const RegisteredCoupon> registered);

    PostgresConnection& connection_;
    const base::Clock& clock_;
    const ShardPlace place_;
    std::vector<PostgresStatement> statements_;
};

Result<void> PostgresImportPortion::put_coupon(const CouponTerms& coupon) {
    add("INSERT INTO coupon"
        "  (id, name, description, starts_at, ends_at, limit_per_user, created_at)"
        " VALUES ($1::bigint, $2::text, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::bigint)"
        " ON CONFLICT (id) DO UPDATE"
        "   SET name = excluded.name, description = excluded.description,"
        "       starts_at = excluded.starts_at, ends_at = excluded.ends_at",
        {to_parameter(coupon.id), coupon.name, coupon.description, to_parameter(coupon.from),
         to_parameter(coupon.to), to_parameter(coupon.limit_per_user),
         to_parameter(coupon.created_at)});
    return {};
}

Result<void> PostgresImportPortion::add_terms(const TermsInForce& version, std::int64_t number) {
    const CouponTerms& terms = version.terms;
    add("INSERT INTO coupon_terms"
        "  (coupon_id, version, after_sequence, name, description, starts_at, ends_at,"
        "   limit_per_user, created_at)"
        " VALUES ($1::bigint, $2::bigint, $3::bigint, $4::text, $5::text, $6::bigint, $7::bigint,"
        "         $8::bigint, $9::bigint)",
        {to_parameter(terms.id), to_parameter(number), to_parameter(version.after), terms.name,
         terms.description, to_parameter(terms.from), to_parameter(terms.to),
         to_parameter(terms.limit_per_user), to_parameter(version.announced_at)});
    add_due(terms_are_due(terms.id));
    return {};
}

Result<void> PostgresImportPortion::add_history(std::span<const CouponInventoryHistory> events) {
    if (!events.empty()) add(import_history_sql, columns_of(events));
    return {};
}

Result<void> PostgresImportPortion::add_registered(std::span<const RegisteredCoupon> registered) {
    if (registered.empty()) return {};
    std::vector<std::int64_t> coupons, nths, sequences, ranks, times;
    std::vector<std::string_view> users, statuses;
    std::vector<std::optional<std::string_view>> keys;
    for (const RegisteredCoupon& one : registered) {
        users.push_back(one.user_id.text());
        coupons.push_back(one.coupon_id.value);
        nths.push_back(one.nth);
        sequences.push_back(one.sequence.value);
        ranks.push_back(one.rank);
        keys.push_back(one.idempotency_key
                           ? std::optional<std::string_view>(one.idempotency_key->text())
                           : std::nullopt);
        times.push_back(to_microseconds(one.registered_at));
        statuses.push_back(name_of(one.status));
    }
    add("INSERT INTO registered_coupon"
        "  (user_id, coupon_id, nth, sequence, rank, idempotency_key, registered_at, status)"
        " SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],"
        "                      $6::text[], $7::bigint[], $8::text[])",
        {to_array(users), to_array(coupons), to_array(nths), to_array(sequences), to_array(ranks),
         to_array(keys), to_array(times), to_array(statuses)});
    add_registered_due(registered);
    return {};
}

// They come by coupon, then by sequence.
void PostgresImportPortion::add_registered_due(std::span<const RegisteredCoupon> registered) {
    while (!registered.empty()) {
        const domain::CouponId coupon_id = registered.front().coupon_id;
        UserMarks users;
        std::size_t count = 0;
        while (count < registered.size() && registered[count].coupon_id == coupon_id) {
            users.add(registered[count++].user_id);
        }
        add_due(registered_is_due(coupon_id, registered.front().sequence,
                                  registered[count - 1].sequence, users));
        registered = registered.subspan(count);
    }
}

Result<void> PostgresImportPortion::mark_returned(const RegisteredCoupon& registered) {
    add("UPDATE registered_coupon SET status = 'returned'"
        " WHERE user_id = $1::text AND coupon_id = $2::bigint AND nth = $3::bigint"
        "   AND status = 'active'",
        {registered.user_id.text(), to_parameter(registered.coupon_id),
         to_parameter(registered.nth)});
    add_due(returned_is_due(registered));
    return {};
}

Result<void> PostgresImportPortion::add_live(std::span<const CouponInventory> events) {
    if (!events.empty()) add(insert_live_sql, columns_of(events));
    return {};
}

Result<void> PostgresImportPortion::fold_live(const CouponInventory& cumulative) {
    const std::string coupon_id = to_parameter(cumulative.coupon_id);
    const std::string place = to_parameter(cumulative.sequence);
    add("INSERT INTO coupon_inventory"
        "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, user_id,"
        "   reason, created_at)"
        " SELECT coupon_id, sequence, false, kind, amount, stock_after, issued_after, user_id,"
        "        reason, created_at"
        "   FROM coupon_inventory_history"
        "  WHERE coupon_id = $1::bigint AND sequence = $2::bigint AND NOT EXISTS ("
        "        SELECT 1 FROM coupon_inventory"
        "         WHERE coupon_id = $1::bigint AND sequence >= $2::bigint)",
        {coupon_id, place});
    add("INSERT INTO coupon_inventory"
        "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, reason,"
        "   created_at)"
        " VALUES ($1::bigint, $2::bigint, true, 'cumulative', $3::bigint, $4::bigint, $5::bigint,"
        "         $6::text, $7::bigint)",
        {coupon_id, place, to_parameter(cumulative.amount), to_parameter(cumulative.stock_after),
         to_parameter(cumulative.issued_after), cumulative.reason,
         to_parameter(cumulative.created_at)});
    add("DELETE FROM coupon_inventory"
        " WHERE coupon_id = $1::bigint"
        "   AND (sequence < $2::bigint OR sequence = $2::bigint AND NOT is_cumulative)",
        {coupon_id, place});
    return {};
}

Result<void> PostgresImportPortion::put_compaction(const CompactionRun& run) {
    std::optional<std::string> finished_at;
    if (run.finished_at) finished_at = to_parameter(*run.finished_at);
    add("INSERT INTO inventory_compaction"
        "  (run, until, trigger, started_at, finished_at, is_frozen, events_in, events_out, steps,"
        "   under_way)"
        " VALUES ($1::bigint, $2::bigint, $3::text, $4::bigint, $5::bigint, $6::boolean,"
        "         $7::bigint, $8::bigint, $9::bigint,"
        "         CASE WHEN $5::bigint IS NULL THEN true END)"
        " ON CONFLICT (run) DO UPDATE"
        "   SET finished_at = excluded.finished_at, is_frozen = excluded.is_frozen,"
        "       events_in = excluded.events_in, events_out = excluded.events_out,"
        "       steps = excluded.steps, under_way = excluded.under_way",
        {to_parameter(run.run), to_parameter(run.until), std::string(name_of(run.trigger)),
         to_parameter(run.started_at), finished_at, run.is_frozen ? "true" : "false",
         to_parameter(run.events_in), to_parameter(run.events_out), to_parameter(run.steps)});
    return {};
}

Result<void> PostgresImportPortion::put_compaction_points(std::int64_t run,
                                                          std::span<const CompactionPoint> points) {
    std::vector<std::int64_t> coupons, sequences;
    for (const CompactionPoint& point : points) {
        coupons.push_back(point.coupon_id.value);
        sequences.push_back(point.sequence.value);
    }
    add("DELETE FROM inventory_compaction_point", {});
    add("INSERT INTO inventory_compaction_point (run, coupon_id, sequence)"
        " SELECT $1::bigint, p.* FROM unnest($2::bigint[], $3::bigint[]) AS p",
        {to_parameter(run), to_array(coupons), to_array(sequences)});
    return {};
}

Result<void> PostgresImportPortion::mark_unfinished(bool is_unfinished) {
    const std::string number = std::to_string(unfinished_copy_number);
    if (is_unfinished) {
        add("INSERT INTO schema_migration (number, name, applied_at)"
            " VALUES ($1::bigint, 'unfinished copy', 0) ON CONFLICT (number) DO NOTHING",
            {number});
    } else {
        add("DELETE FROM schema_migration WHERE number = $1::bigint", {number});
    }
    return {};
}

Result<void> PostgresImportPortion::commit() {
    const auto done =
        connection_.exchange_and_commit(statements_, clock_.steady_now() + import_patience);
    if (!done) return done.failure();
    return {};
}

}  // namespace

Result<std::unique_ptr<ImportPortion>> PostgresStoreImport::begin() {
    return std::unique_ptr<ImportPortion>(
        std::make_unique<PostgresImportPortion>(connection_, clock_, place_));
}

Result<std::unique_ptr<AuditSnapshot>> PostgresStoreImport::open_snapshot() {
    return open_postgres_for_audit(url_, place_);
}

}  // namespace dibs::repository
