#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/instant.h"
#include "base/result.h"
#include "load/goal.h"
#include "load/shop.h"

namespace dibs::bench {

/// What a store holds before anything is measured on it.
struct StoreFilling {
    std::size_t coupon_count = 1;
    std::int64_t issues_each = 0;  ///< Of each coupon, to as many users.
    /// Whether the issues are live still; else they are folded into one cumulative event.
    bool is_live = false;
};

/// A SQLite store that was filled as if people had come for days, in a folder that goes with it.
/// Nobody has it open.
struct FilledStore {
    TemporaryFolder folder;
    std::string url;
    std::int64_t first_coupon_id = 1;
    std::int64_t stock = 0;  ///< What was stocked of each coupon; nearly all of it is there.
    /// By when all events of the first coupon were created, and by how much later those of the next
    /// one: so each coupon can be folded by itself.
    base::Instant first_ended_at;
    std::chrono::minutes between_coupons{0};
};

/// Fills a store in the workshop's folder, in the form that the service itself gives its rows:
/// `dibs verify` finds nothing in it. Past the guards, which would take ten times as long; they are
/// back when it returns. Blocks for about ten seconds for each million of issues.
/// Fails: unavailable.
[[nodiscard]] base::Result<FilledStore> fill_store(const Workshop& workshop,
                                                   const StoreFilling& filling);

}  // namespace dibs::bench
