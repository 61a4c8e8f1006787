#include "repository/postgres_audit_snapshot.h"

#include <fmt/format.h>

#include <utility>

#include "repository/postgres_rows.h"

namespace dibs::repository {

using base::Result;
using database::PostgresConnection;
using database::PostgresRows;

namespace {

// choice: rows of one fetch; some hundred KiB, and a round trip is nothing beside reading them.
constexpr int rows_per_fetch = 2'000;

// choice: sorting the largest table of a store before its first row comes takes minutes.
constexpr std::chrono::minutes snapshot_patience{30};

/// Reads a server's cursor, a few thousand rows at a time.
template <typename Row, typename ReadRow>
class PostgresCursor final : public Cursor<Row> {
public:
    PostgresCursor(PostgresConnection& connection, const base::Clock& clock, std::string name,
                   ReadRow read_row)
        : connection_(connection),
          clock_(clock),
          fetch_(fmt::format("FETCH FORWARD {} FROM {}", rows_per_fetch, name)),
          read_row_(read_row) {}

    Result<std::optional<Row>> next() override {
        if (!rows_ || next_ == rows_->row_count()) {
            if (is_over_) return std::optional<Row>();
            auto fetched =
                connection_.run({fetch_, {}, false}, clock_.steady_now() + snapshot_patience);
            if (!fetched) return fetched.failure();
            rows_.emplace(*std::move(fetched));
            next_ = 0;
            is_over_ = rows_->row_count() < static_cast<std::size_t>(rows_per_fetch);
            if (rows_->row_count() == 0) return std::optional<Row>();
        }
        Result<Row> row = read_row_(PostgresRow(*rows_, next_++));
        if (!row) return row.failure();
        return std::optional<Row>(*std::move(row));
    }

private:
    PostgresConnection& connection_;
    const base::Clock& clock_;
    const std::string fetch_;
    ReadRow read_row_;
    std::optional<PostgresRows> rows_;
    std::size_t next_ = 0;
    bool is_over_ = false;
};

Result<TermsInForce> read_terms_in_force(const PostgresRow& row) {
    return TermsInForce{read_terms(row), domain::Sequence{row.integer(postgres_terms_column_count)},
                        base::from_microseconds(row.integer(postgres_terms_column_count + 1))};
}

Result<domain::CouponTerms> read_coupon_row(const PostgresRow& row) {
    return read_terms(row);
}

Result<CompactionPoint> read_point_row(const PostgresRow& row) {
    return CompactionPoint{domain::CouponId{row.integer(0)}, domain::Sequence{row.integer(1)}};
}

}  // namespace

template <typename Row, typename ReadRow>
Result<std::unique_ptr<Cursor<Row>>> PostgresAuditSnapshot::open_cursor(std::string_view query,
                                                                        ReadRow read_row) {
    const std::string name = fmt::format("audit_{}", ++cursor_count_);
    auto done = connection_.execute(fmt::format("DECLARE {} NO SCROLL CURSOR FOR {}", name, query),
                                    clock_.steady_now() + snapshot_patience);
    if (!done) return done.failure();
    return std::unique_ptr<Cursor<Row>>(
        std::make_unique<PostgresCursor<Row, ReadRow>>(connection_, clock_, name, read_row));
}

Result<std::unique_ptr<PostgresAuditSnapshot>> PostgresAuditSnapshot::open(
    PostgresConnection connection, const base::Clock& clock) {
    // The snapshot is taken by the first read.
    auto done = connection.execute(
        "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT count(*) FROM schema_migration",
        clock.steady_now() + snapshot_patience);
    if (!done) return done.failure();
    return std::unique_ptr<PostgresAuditSnapshot>(
        new PostgresAuditSnapshot(std::move(connection), clock));
}

Result<std::unique_ptr<Cursor<domain::CouponTerms>>> PostgresAuditSnapshot::coupons() {
    return open_cursor<domain::CouponTerms>(
        "SELECT id, name, description, starts_at, ends_at, limit_per_user, created_at"
        "  FROM coupon ORDER BY id",
        read_coupon_row);
}

Result<std::unique_ptr<Cursor<TermsInForce>>> PostgresAuditSnapshot::terms() {
    return open_cursor<TermsInForce>(
        "SELECT c.id, coalesce(t.name, c.name), coalesce(t.description, c.description),"
        "       coalesce(t.starts_at, c.starts_at), coalesce(t.ends_at, c.ends_at),"
        "       c.limit_per_user, c.created_at, coalesce(t.after_sequence, 0),"
        "       coalesce(t.created_at, c.created_at)"
        "  FROM coupon AS c LEFT JOIN coupon_terms AS t ON t.coupon_id = c.id"
        " ORDER BY c.id, t.version",
        read_terms_in_force);
}

Result<std::unique_ptr<Cursor<domain::CouponInventory>>> PostgresAuditSnapshot::live_events() {
    return open_cursor<domain::CouponInventory>(
        "SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason,"
        "       created_at"
        "  FROM coupon_inventory ORDER BY coupon_id, sequence, is_cumulative",
        read_event);
}

Result<std::unique_ptr<Cursor<domain::CouponInventoryHistory>>> PostgresAuditSnapshot::history() {
    return open_cursor<domain::CouponInventory>(
        "SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason,"
        "       created_at"
        "  FROM coupon_inventory_history ORDER BY coupon_id, sequence",
        read_event);
}

Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> PostgresAuditSnapshot::registrations() {
    return open_cursor<domain::RegisteredCoupon>(
        "SELECT coupon_id, sequence, user_id, nth, rank, idempotency_key, registered_at, status"
        "  FROM registered_coupon ORDER BY coupon_id, sequence",
        read_registered);
}

Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>>
PostgresAuditSnapshot::registrations_by_user() {
    return open_cursor<domain::RegisteredCoupon>(
        "SELECT coupon_id, sequence, user_id, nth, rank, idempotency_key, registered_at, status"
        "  FROM registered_coupon ORDER BY user_id, coupon_id, nth",
        read_registered);
}

Result<std::unique_ptr<Cursor<CompactionRun>>> PostgresAuditSnapshot::compactions() {
    return open_cursor<CompactionRun>(
        "SELECT run, until, trigger, started_at, finished_at, is_frozen::int, events_in,"
        "       events_out, steps"
        "  FROM inventory_compaction ORDER BY run",
        read_run);
}

Result<std::unique_ptr<Cursor<CompactionPoint>>> PostgresAuditSnapshot::compaction_points() {
    return open_cursor<CompactionPoint>(
        "SELECT p.coupon_id, p.sequence"
        "  FROM inventory_compaction AS r JOIN inventory_compaction_point AS p ON p.run = r.run"
        " WHERE r.under_way ORDER BY p.coupon_id",
        read_point_row);
}

}  // namespace dibs::repository
