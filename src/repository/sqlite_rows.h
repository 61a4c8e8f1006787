#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "database/sqlite_connection.h"
#include "domain/coupon.h"
#include "repository/compaction_repository.h"

// Between SQLite's rows and the domain's words. Each reader takes the columns that its list names,
// from `first` on, and fails with corrupted where a row says what the domain has no word for.

namespace dibs::repository {

/// Of `coupon` and `coupon_terms` alike.
inline constexpr int terms_column_count = 7;
[[nodiscard]] domain::CouponTerms read_terms(const database::SqliteStatement& row, int first = 0);

/// sequence, stock_after, issued_after; the zero balance where they are NULL.
[[nodiscard]] domain::Balance read_balance(const database::SqliteStatement& row, int first);

/// coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason, created_at
[[nodiscard]] base::Result<domain::CouponInventory> read_event(
    const database::SqliteStatement& row);

/// coupon_id, sequence, user_id, nth, rank, idempotency_key, registered_at, status
inline constexpr int registered_column_count = 8;
[[nodiscard]] base::Result<domain::RegisteredCoupon> read_registered(
    const database::SqliteStatement& row);

/// run, until, trigger, started_at, finished_at, is_frozen, events_in, events_out, steps
[[nodiscard]] base::Result<CompactionRun> read_run(const database::SqliteStatement& row);

/// How many rows to ask for, so that whether there are more than `count_max` is known.
[[nodiscard]] inline std::int64_t one_more(std::size_t count_max) {
    return static_cast<std::int64_t>(count_max) + 1;
}

/// Reads the rows of a bound statement with `read_row`, at most `count_max`. The statement must ask
/// for `one_more`: whether it comes tells whether there are more.
template <typename Row, typename ReadRow>
[[nodiscard]] base::Result<Page<Row>> read_page(database::SqliteStatement& statement,
                                                std::size_t count_max, ReadRow read_row) {
    const database::SqliteReset reset_at_the_end(statement);
    Page<Row> page;
    while (true) {
        const auto row = statement.step();
        if (!row) return row.failure();
        if (!*row) return page;
        if (page.rows.size() == count_max) {
            page.has_more = true;
            return page;
        }
        base::Result<Row> read = read_row(statement);
        if (!read) return read.failure();
        page.rows.push_back(*std::move(read));
    }
}

/// The text of an optional id, or NULL, to bind.
template <typename Text>
[[nodiscard]] std::optional<std::string_view> to_column(const std::optional<Text>& text) {
    if (!text) return std::nullopt;
    return std::string_view(text->text());
}

}  // namespace dibs::repository
