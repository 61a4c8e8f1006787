#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/instant.h"
#include "base/result.h"
#include "database/sqlite_connection.h"
#include "load/goal.h"
#include "load/shop.h"

namespace dibs::bench {

/// What a store holds before anything is measured on it.
struct StoreFilling {
    std::int64_t issues = 0;  ///< Of one coupon, to as many users.
    /// Whether the issues are live still; else they are folded into one cumulative event.
    bool is_live = false;
    std::int64_t issues_before = 0;  ///< Of another coupon, to other users; folded.
};

/// A SQLite store that was filled as if people had come for days, in a folder that goes with it.
/// Nobody has it open.
struct FilledStore {
    TemporaryFolder folder;
    std::string url;
    std::int64_t coupon_id = 1;
    base::Instant ended_at;  ///< All events were created before this.
};

/// Fills a store in the workshop's folder, in the form that the service itself gives its rows:
/// `dibs verify` finds nothing in it. Past the guards, which would take ten times as long; they are
/// back when it returns. Blocks for about ten seconds for each million of issues.
/// Fails: unavailable.
[[nodiscard]] base::Result<FilledStore> fill_store(const Workshop& workshop,
                                                   const StoreFilling& filling);

/// The same once more: what is done to one is not done to the other. Fails: unavailable.
[[nodiscard]] base::Result<FilledStore> copy_of(const Workshop& workshop, const FilledStore& store);

/// Takes all guards of a store down; gives the statements that put them up again.
/// Fails: unavailable.
[[nodiscard]] base::Result<std::vector<std::string>> take_guards_down(
    database::SqliteConnection& connection);

}  // namespace dibs::bench
