#include "repository/sqlite_audit_snapshot.h"

#include <utility>

#include "repository/sqlite_rows.h"

namespace dibs::repository {

using base::Result;
using database::SqliteConnection;
using database::SqliteStatement;

namespace {

/// Steps a statement and reads each row with `read_row`.
template <typename Row>
class SqliteCursor final : public Cursor<Row> {
public:
    using ReadRow = Result<Row> (*)(const SqliteStatement&);

    SqliteCursor(SqliteStatement statement, ReadRow read_row)
        : statement_(std::move(statement)), read_row_(read_row) {}

    Result<std::optional<Row>> next() override {
        // SQLite would begin anew if it were stepped past its end.
        if (is_over_) return std::optional<Row>();
        const auto has_row = statement_.step();
        if (!has_row) return has_row.failure();
        if (!*has_row) {
            is_over_ = true;
            return std::optional<Row>();
        }
        auto row = read_row_(statement_);
        if (!row) return row.failure();
        return std::optional<Row>(*std::move(row));
    }

private:
    SqliteStatement statement_;
    ReadRow read_row_;
    bool is_over_ = false;
};

template <typename Row>
Result<std::unique_ptr<Cursor<Row>>> open_cursor(SqliteConnection& connection, std::string_view sql,
                                                 typename SqliteCursor<Row>::ReadRow read_row) {
    auto statement = connection.prepare(sql);
    if (!statement) return statement.failure();
    return std::unique_ptr<Cursor<Row>>(
        std::make_unique<SqliteCursor<Row>>(*std::move(statement), read_row));
}

Result<TermsInForce> read_terms_in_force(const SqliteStatement& row) {
    return TermsInForce{read_terms(row), domain::Sequence{row.integer(terms_column_count)},
                        base::from_microseconds(row.integer(terms_column_count + 1))};
}

Result<domain::CouponTerms> read_coupon_row(const SqliteStatement& row) {
    return read_terms(row);
}

Result<CompactionPoint> read_point_row(const SqliteStatement& row) {
    return CompactionPoint{domain::CouponId{row.integer(0)}, domain::Sequence{row.integer(1)}};
}

}  // namespace

Result<std::unique_ptr<SqliteAuditSnapshot>> SqliteAuditSnapshot::open(
    SqliteConnection connection, std::optional<database::FileLock> ownership) {
    // A sort of all registrations must not have to fit into memory.
    auto done = connection.execute("PRAGMA temp_store = FILE; BEGIN");
    if (!done) return done.failure();
    // The snapshot is taken by the first read.
    const auto first = connection.read_integer("SELECT count(*) FROM sqlite_schema");
    if (!first) return first.failure();
    return std::unique_ptr<SqliteAuditSnapshot>(
        new SqliteAuditSnapshot(std::move(connection), std::move(ownership)));
}

Result<std::unique_ptr<Cursor<domain::CouponTerms>>> SqliteAuditSnapshot::coupons() {
    return open_cursor<domain::CouponTerms>(
        connection_,
        "SELECT id, name, description, starts_at, ends_at, limit_per_user, created_at"
        "  FROM coupon ORDER BY id",
        read_coupon_row);
}

Result<std::unique_ptr<Cursor<TermsInForce>>> SqliteAuditSnapshot::terms() {
    return open_cursor<TermsInForce>(
        connection_,
        "SELECT c.id, coalesce(t.name, c.name), coalesce(t.description, c.description),"
        "       coalesce(t.starts_at, c.starts_at), coalesce(t.ends_at, c.ends_at),"
        "       coalesce(t.limit_per_user, c.limit_per_user), c.created_at,"
        "       coalesce(t.after_sequence, 0),"
        "       coalesce(t.created_at, c.created_at)"
        "  FROM coupon AS c LEFT JOIN coupon_terms AS t ON t.coupon_id = c.id"
        " ORDER BY c.id, t.version",
        read_terms_in_force);
}

Result<std::unique_ptr<Cursor<domain::CouponInventory>>> SqliteAuditSnapshot::live_events() {
    return open_cursor<domain::CouponInventory>(
        connection_,
        "SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason,"
        "       created_at"
        "  FROM coupon_inventory ORDER BY coupon_id, sequence, is_cumulative",
        read_event);
}

Result<std::unique_ptr<Cursor<domain::CouponInventoryHistory>>> SqliteAuditSnapshot::history() {
    return open_cursor<domain::CouponInventory>(
        connection_,
        "SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason,"
        "       created_at"
        "  FROM coupon_inventory_history ORDER BY coupon_id, sequence",
        read_event);
}

Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>> SqliteAuditSnapshot::registrations() {
    return open_cursor<domain::RegisteredCoupon>(
        connection_,
        "SELECT coupon_id, sequence, user_id, nth, rank, idempotency_key, registered_at, status"
        "  FROM registered_coupon ORDER BY coupon_id, sequence",
        read_registered);
}

Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>>
SqliteAuditSnapshot::registrations_by_user() {
    return open_cursor<domain::RegisteredCoupon>(
        connection_,
        "SELECT coupon_id, sequence, user_id, nth, rank, idempotency_key, registered_at, status"
        "  FROM registered_coupon ORDER BY user_id, coupon_id, nth",
        read_registered);
}

Result<std::unique_ptr<Cursor<CompactionRun>>> SqliteAuditSnapshot::compactions() {
    return open_cursor<CompactionRun>(
        connection_,
        "SELECT run, until, trigger, started_at, finished_at, is_frozen, events_in, events_out,"
        "       steps"
        "  FROM inventory_compaction ORDER BY run",
        read_run);
}

Result<std::unique_ptr<Cursor<CompactionPoint>>> SqliteAuditSnapshot::compaction_points() {
    return open_cursor<CompactionPoint>(
        connection_,
        "SELECT p.coupon_id, p.sequence"
        "  FROM inventory_compaction AS r JOIN inventory_compaction_point AS p ON p.run = r.run"
        " WHERE r.finished_at IS NULL ORDER BY p.coupon_id",
        read_point_row);
}

}  // namespace dibs::repository
