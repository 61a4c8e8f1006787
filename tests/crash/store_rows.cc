#include "crash/store_rows.h"

#include <sqlite3.h>

#include <functional>
#include <memory>

namespace dibs::crash {

namespace {

using base::Failure;
using base::FailureKind;
using base::Result;

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Statement = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

Failure failure_of(sqlite3* database) {
    return {FailureKind::corrupted, sqlite3_errmsg(database)};
}

std::string text(sqlite3_stmt* row, int column) {
    const auto* const bytes = sqlite3_column_text(row, column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}

Result<void> each_row(sqlite3* database, const char* sql,
                      const std::function<void(sqlite3_stmt*)>& take) {
    sqlite3_stmt* compiled = nullptr;
    if (sqlite3_prepare_v2(database, sql, -1, &compiled, nullptr) != SQLITE_OK) {
        return failure_of(database);
    }
    const Statement statement(compiled, sqlite3_finalize);
    while (true) {
        const int code = sqlite3_step(compiled);
        if (code == SQLITE_DONE) return {};
        if (code != SQLITE_ROW) return failure_of(database);
        take(compiled);
    }
}

EventRow event(sqlite3_stmt* row) {
    return {.coupon_id = sqlite3_column_int64(row, 0),
            .sequence = sqlite3_column_int64(row, 1),
            .kind = text(row, 2),
            .amount = sqlite3_column_int64(row, 3),
            .stock_after = sqlite3_column_int64(row, 4),
            .issued_after = sqlite3_column_int64(row, 5),
            .user = text(row, 6),
            .reason = text(row, 7),
            .created_at = sqlite3_column_int64(row, 8)};
}

HolderRow holder(sqlite3_stmt* row) {
    return {.coupon_id = sqlite3_column_int64(row, 0),
            .sequence = sqlite3_column_int64(row, 1),
            .user = text(row, 2),
            .nth = sqlite3_column_int64(row, 3),
            .rank = sqlite3_column_int64(row, 4),
            .key = text(row, 5),
            .registered_at = sqlite3_column_int64(row, 6),
            .status = text(row, 7)};
}

CouponRow coupon(sqlite3_stmt* row) {
    return {.id = sqlite3_column_int64(row, 0),
            .name = text(row, 1),
            .description = text(row, 2),
            .from = sqlite3_column_int64(row, 3),
            .to = sqlite3_column_int64(row, 4),
            .limit = sqlite3_column_int64(row, 5)};
}

}  // namespace

Result<StoreRows> read_rows(const std::string& path) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    const Database database(opened, sqlite3_close);
    if (code != SQLITE_OK) return failure_of(opened);
    // A look leaves the files as they are.
    sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);

    StoreRows rows;
    auto done = each_row(opened,
                         "SELECT id, name, description, starts_at, ends_at, limit_per_user"
                         "  FROM coupon ORDER BY id",
                         [&](sqlite3_stmt* row) { rows.coupons.push_back(coupon(row)); });
    if (!done) return done.failure();
    done = each_row(opened,
                    "SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id,"
                    "       reason, created_at"
                    "  FROM coupon_inventory_history ORDER BY coupon_id, sequence",
                    [&](sqlite3_stmt* row) { rows.history.push_back(event(row)); });
    if (!done) return done.failure();
    done = each_row(opened,
                    "SELECT coupon_id, sequence, kind, amount, stock_after, issued_after, user_id,"
                    "       reason, created_at"
                    "  FROM coupon_inventory ORDER BY coupon_id, sequence, is_cumulative",
                    [&](sqlite3_stmt* row) { rows.live.push_back(event(row)); });
    if (!done) return done.failure();
    done = each_row(opened,
                    "SELECT coupon_id, sequence, user_id, nth, rank, idempotency_key,"
                    "       registered_at, status"
                    "  FROM registered_coupon ORDER BY coupon_id, sequence",
                    [&](sqlite3_stmt* row) { rows.holders.push_back(holder(row)); });
    if (!done) return done.failure();
    return rows;
}

}  // namespace dibs::crash
