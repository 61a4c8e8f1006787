#include "repository/sqlite_store_import.h"

#include <optional>

#include "repository/migrations.h"
#include "repository/sqlite_books.h"
#include "repository/sqlite_rows.h"
#include "repository/sqlite_store.h"

// One statement a row: an embedded store has no round trips to save. Every statement names its rows
// by their whole key, as those of the books do.

namespace dibs::repository {

using base::Result;
using base::to_microseconds;
using domain::CouponInventory;
using domain::CouponInventoryHistory;
using domain::CouponTerms;
using domain::RegisteredCoupon;

namespace {

class SqliteImportPortion final : public ImportPortion {
public:
    explicit SqliteImportPortion(SqliteWriter::Session session) : session_(std::move(session)) {}

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
    /// Runs a statement, given as a literal, that gives no rows.
    template <typename... Values>
    Result<void> run(std::string_view sql, const Values&... values) {
        const auto statement = session_.connection().cached(sql);
        if (!statement) return statement.failure();
        (*statement)->bind(values...);
        return (*statement)->run();
    }

    SqliteWriter::Session session_;
};

// `INSERT … ON CONFLICT` would not do: the guard against a second coupon of the same id fires
// before the conflict is seen.
Result<void> SqliteImportPortion::put_coupon(const CouponTerms& coupon) {
    auto updated =
        run("UPDATE coupon SET name = ?2, description = ?3, starts_at = ?4, ends_at = ?5"
            " WHERE id = ?1",
            coupon.id.value, coupon.name, coupon.description, to_microseconds(coupon.from),
            to_microseconds(coupon.to));
    if (!updated) return updated;
    return run(
        "INSERT INTO coupon"
        "  (id, name, description, starts_at, ends_at, limit_per_user, created_at)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS (SELECT 1 FROM coupon WHERE id = ?1)",
        coupon.id.value, coupon.name, coupon.description, to_microseconds(coupon.from),
        to_microseconds(coupon.to), coupon.limit_per_user, to_microseconds(coupon.created_at));
}

Result<void> SqliteImportPortion::add_terms(const TermsInForce& version, std::int64_t number) {
    const CouponTerms& terms = version.terms;
    return run(
        "INSERT INTO coupon_terms"
        "  (coupon_id, version, after_sequence, name, description, starts_at, ends_at,"
        "   limit_per_user, created_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        terms.id.value, number, version.after.value, terms.name, terms.description,
        to_microseconds(terms.from), to_microseconds(terms.to), terms.limit_per_user,
        to_microseconds(version.announced_at));
}

Result<void> SqliteImportPortion::add_history(std::span<const CouponInventoryHistory> events) {
    for (const CouponInventoryHistory& event : events) {
        if (auto done = append_to_history(session_.connection(), event); !done) return done;
    }
    return {};
}

Result<void> SqliteImportPortion::add_registered(std::span<const RegisteredCoupon> registered) {
    for (const RegisteredCoupon& one : registered) {
        auto done = run(
            "INSERT INTO registered_coupon"
            "  (user_id, coupon_id, nth, sequence, rank, idempotency_key, registered_at, status)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            one.user_id.text(), one.coupon_id.value, one.nth, one.sequence.value, one.rank,
            to_column(one.idempotency_key), to_microseconds(one.registered_at),
            name_of(one.status));
        if (!done) return done;
    }
    return {};
}

Result<void> SqliteImportPortion::mark_returned(const RegisteredCoupon& registered) {
    return run(
        "UPDATE registered_coupon SET status = 'returned'"
        " WHERE user_id = ?1 AND coupon_id = ?2 AND nth = ?3 AND status = 'active'",
        registered.user_id.text(), registered.coupon_id.value, registered.nth);
}

Result<void> SqliteImportPortion::add_live(std::span<const CouponInventory> events) {
    for (const CouponInventory& event : events) {
        if (auto done = append_to_inventory(session_.connection(), event); !done) return done;
    }
    return {};
}

Result<void> SqliteImportPortion::fold_live(const CouponInventory& cumulative) {
    const std::int64_t coupon_id = cumulative.coupon_id.value;
    const std::int64_t place = cumulative.sequence.value;
    auto done = run(
        "INSERT INTO coupon_inventory"
        "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, user_id,"
        "   reason, created_at)"
        " SELECT coupon_id, sequence, 0, kind, amount, stock_after, issued_after, user_id, reason,"
        "        created_at"
        "   FROM coupon_inventory_history"
        "  WHERE coupon_id = ?1 AND sequence = ?2 AND NOT EXISTS ("
        "        SELECT 1 FROM coupon_inventory WHERE coupon_id = ?1 AND sequence >= ?2)",
        coupon_id, place);
    if (!done) return done;
    done = run(
        "INSERT INTO coupon_inventory"
        "  (coupon_id, sequence, is_cumulative, kind, amount, stock_after, issued_after, reason,"
        "   created_at)"
        " VALUES (?1, ?2, 1, 'cumulative', ?3, ?4, ?5, ?6, ?7)",
        coupon_id, place, cumulative.amount, cumulative.stock_after, cumulative.issued_after,
        cumulative.reason, to_microseconds(cumulative.created_at));
    if (!done) return done;
    return run(
        "DELETE FROM coupon_inventory"
        " WHERE coupon_id = ?1 AND (sequence < ?2 OR sequence = ?2 AND is_cumulative = 0)",
        coupon_id, place);
}

Result<void> SqliteImportPortion::put_compaction(const CompactionRun& run_record) {
    std::optional<std::int64_t> finished_at;
    if (run_record.finished_at) finished_at = to_microseconds(*run_record.finished_at);
    return run(
        "INSERT INTO inventory_compaction"
        "  (run, until, trigger, started_at, finished_at, is_frozen, events_in, events_out, steps)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
        " ON CONFLICT (run) DO UPDATE"
        "   SET finished_at = excluded.finished_at, is_frozen = excluded.is_frozen,"
        "       events_in = excluded.events_in, events_out = excluded.events_out,"
        "       steps = excluded.steps",
        run_record.run, to_microseconds(run_record.until), name_of(run_record.trigger),
        to_microseconds(run_record.started_at), finished_at,
        static_cast<std::int64_t>(run_record.is_frozen), run_record.events_in,
        run_record.events_out, run_record.steps);
}

Result<void> SqliteImportPortion::put_compaction_points(std::int64_t run_number,
                                                        std::span<const CompactionPoint> points) {
    if (auto done = run("DELETE FROM inventory_compaction_point"); !done) return done;
    for (const CompactionPoint& point : points) {
        auto done = run(
            "INSERT INTO inventory_compaction_point (run, coupon_id, sequence) VALUES (?1, ?2, ?3)",
            run_number, point.coupon_id.value, point.sequence.value);
        if (!done) return done;
    }
    return {};
}

Result<void> SqliteImportPortion::mark_unfinished(bool is_unfinished) {
    if (!is_unfinished) {
        return run("DELETE FROM schema_migration WHERE number = ?1", unfinished_copy_number);
    }
    return run(
        "INSERT INTO schema_migration (number, name, applied_at)"
        " VALUES (?1, 'unfinished copy', 0) ON CONFLICT (number) DO NOTHING",
        unfinished_copy_number);
}

Result<void> SqliteImportPortion::commit() {
    return session_.commit();
}

}  // namespace

Result<std::unique_ptr<ImportPortion>> SqliteStoreImport::begin() {
    // Between two portions, so that the log stays short.
    if (auto done = writer_.tidy(false); !done) return done.failure();
    auto session = writer_.begin();
    if (!session) return session.failure();
    return std::unique_ptr<ImportPortion>(
        std::make_unique<SqliteImportPortion>(*std::move(session)));
}

Result<std::unique_ptr<AuditSnapshot>> SqliteStoreImport::open_snapshot() {
    return open_sqlite_for_audit(path_);
}

}  // namespace dibs::repository
