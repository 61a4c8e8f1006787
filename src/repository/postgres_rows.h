#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "database/postgres_connection.h"
#include "domain/coupon.h"
#include "repository/compaction_repository.h"

// Between PostgreSQL's rows and the domain's words. Each reader takes the columns that its list
// names, from `first` on, and fails with corrupted where a row says what the domain has no word
// for.

namespace dibs::repository {

/// One row of what a statement gave; must not outlive it.
class PostgresRow {
public:
    PostgresRow(const database::PostgresRows& rows, std::size_t place)
        : rows_(&rows), place_(place) {}

    [[nodiscard]] std::int64_t integer(int column) const { return rows_->integer(place_, column); }
    [[nodiscard]] std::string_view text(int column) const { return rows_->text(place_, column); }
    [[nodiscard]] bool is_null(int column) const { return rows_->is_null(place_, column); }

private:
    const database::PostgresRows* rows_;
    std::size_t place_;
};

/// id, name, description, starts_at, ends_at, limit_per_user, created_at
inline constexpr int postgres_terms_column_count = 7;
[[nodiscard]] domain::CouponTerms read_terms(const PostgresRow& row, int first = 0);

/// sequence, stock_after, issued_after; the zero balance where they are NULL.
[[nodiscard]] domain::Balance read_balance(const PostgresRow& row, int first);

/// coupon_id, sequence, kind, amount, stock_after, issued_after, user_id, reason, created_at
[[nodiscard]] base::Result<domain::CouponInventory> read_event(const PostgresRow& row);

/// coupon_id, sequence, user_id, nth, rank, idempotency_key, registered_at, status
inline constexpr int postgres_registered_column_count = 8;
[[nodiscard]] base::Result<domain::RegisteredCoupon> read_registered(const PostgresRow& row);

/// The columns of a registered coupon, then those of its coupon's terms.
[[nodiscard]] base::Result<RegisteredWithTerms> read_registered_with_terms(const PostgresRow& row);

/// run, until, trigger, started_at, finished_at, is_frozen (0 or 1), events_in, events_out, steps
[[nodiscard]] base::Result<CompactionRun> read_run(const PostgresRow& row);

/// All rows, each read by `read_row`; the first that can't be read is the failure.
template <typename Row, typename ReadRow>
[[nodiscard]] base::Result<std::vector<Row>> read_all(const database::PostgresRows& rows,
                                                      ReadRow read_row) {
    std::vector<Row> all;
    all.reserve(rows.row_count());
    for (std::size_t i = 0; i < rows.row_count(); ++i) {
        base::Result<Row> row = read_row(PostgresRow(rows, i));
        if (!row) return row.failure();
        all.push_back(*std::move(row));
    }
    return all;
}

/// A page of at most `count_max`, of rows that were asked for with one more than that.
template <typename Row, typename ReadRow>
[[nodiscard]] base::Result<Page<Row>> read_page(const database::PostgresRows& rows,
                                                std::size_t count_max, ReadRow read_row) {
    auto all = read_all<Row>(rows, read_row);
    if (!all) return all.failure();
    Page<Row> page{.rows = *std::move(all), .has_more = false};
    if (page.rows.size() > count_max) {
        page.has_more = true;
        page.rows.erase(page.rows.begin() + static_cast<std::ptrdiff_t>(count_max),
                        page.rows.end());
    }
    return page;
}

// Values as they stand in a statement's parameters.

[[nodiscard]] std::string to_parameter(std::int64_t value);
[[nodiscard]] inline std::string to_parameter(domain::CouponId id) {
    return to_parameter(id.value);
}
[[nodiscard]] inline std::string to_parameter(domain::Sequence sequence) {
    return to_parameter(sequence.value);
}
[[nodiscard]] inline std::string to_parameter(base::Instant instant) {
    return to_parameter(base::to_microseconds(instant));
}
[[nodiscard]] inline std::string one_more_parameter(std::size_t count_max) {
    return to_parameter(static_cast<std::int64_t>(count_max) + 1);
}
/// The text of an optional id, or NULL.
template <typename Text>
[[nodiscard]] std::optional<std::string> to_parameter(const std::optional<Text>& text) {
    if (!text) return std::nullopt;
    return text->text();
}

}  // namespace dibs::repository
