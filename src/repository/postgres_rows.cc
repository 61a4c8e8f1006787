#include "repository/postgres_rows.h"

#include <fmt/format.h>

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

Result<CompactionRun> read_run(const PostgresRow& row) {
    return read_run_from(row);
}

std::string to_parameter(std::int64_t value) {
    return fmt::format_int(value).str();
}

}  // namespace dibs::repository
