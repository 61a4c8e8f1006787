#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "repository/store_import.h"

namespace dibs::service {

/// How far a copy has come. Rows are events of the history, registrations and live events.
struct CopyProgress {
    std::int64_t coupon_count = 0;      ///< Of the source, so far.
    std::int64_t row_count = 0;         ///< Of the source, so far.
    std::int64_t copied_row_count = 0;  ///< Brought in by this call; the others were there.
};

// choice: some MB in memory, and few enough commits that their syncs don't count; a copy that is
// killed loses a second of work.
inline constexpr std::int64_t copy_portion_rows_max = 20'000;

/// Brings everything that a store has into another one, which must be empty or hold an unfinished
/// copy of the same source. Ended anywhere, it goes on from there when it is called again, also if
/// the source went on meanwhile. The target is a copy only once this has returned; who holds the
/// two against each other is the caller (`fingerprint_of`).
///
/// Calls `tell` after each portion that is durable, `portion_rows_max` rows at most. Memory grows
/// with the coupons alone. Blocks for as long as reading one store and writing the other takes.
/// Fails: refused (the target has what the source has not, or one of its guards said no),
/// unavailable, in_doubt, conflict, corrupted.
[[nodiscard]] base::Result<CopyProgress> copy_store(
    repository::AuditSnapshot& source, repository::StoreImport& target,
    const std::function<void(const CopyProgress&)>& tell,
    std::int64_t portion_rows_max = copy_portion_rows_max);

}  // namespace dibs::service
