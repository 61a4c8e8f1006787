#include "repository/sqlite_rows.h"

#include "repository/row_reading.h"

namespace dibs::repository {

using base::Result;
using database::SqliteStatement;

domain::CouponTerms read_terms(const SqliteStatement& row, int first) {
    return read_terms_from(row, first);
}

domain::Balance read_balance(const SqliteStatement& row, int first) {
    return read_balance_from(row, first);
}

Result<domain::CouponInventory> read_event(const SqliteStatement& row) {
    return read_event_from(row);
}

Result<domain::RegisteredCoupon> read_registered(const SqliteStatement& row) {
    return read_registered_from(row);
}

Result<CompactionRun> read_run(const SqliteStatement& row) {
    return read_run_from(row);
}

}  // namespace dibs::repository
