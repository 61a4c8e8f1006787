#include "repository/postgres_rows.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "repository/row_reading.h"

namespace dibs::repository {

using base::Result;

domain::CouponTerms read_terms(const PostgresRow& row, int first) {
    return read_terms_from(row, first);
}

domain::Balance read_balance(const PostgresRow& row, int first) {
    return read_balance_from(row, first);
}

Result<domain::CouponInventory> read_event(const PostgresRow& row) {
    return read_event_from(row);
}

Result<domain::RegisteredCoupon> read_registered(const PostgresRow& row) {
    return read_registered_from(row);
}

Result<RegisteredWithTerms> read_registered_with_terms(const PostgresRow& row) {
    auto registered = read_registered(row);
    if (!registered) return registered.failure();
    return RegisteredWithTerms{*std::move(registered),
                               std::make_shared<const domain::CouponTerms>(
                                   read_terms(row, postgres_registered_column_count))};
}

Result<CompactionRun> read_run(const PostgresRow& row) {
    return read_run_from(row);
}

std::string to_parameter(std::int64_t value) {
    return fmt::format_int(value).str();
}

}  // namespace dibs::repository
