#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace dibs::crash {

/// A row of history or inventory, column by column.
struct EventRow {
    std::int64_t coupon_id = 0;
    std::int64_t sequence = 0;
    std::string kind;
    std::int64_t amount = 0;
    std::int64_t stock_after = 0;
    std::int64_t issued_after = 0;
    std::string user;
    std::string reason;
    std::int64_t created_at = 0;
    auto operator<=>(const EventRow&) const = default;
};

struct HolderRow {
    std::int64_t coupon_id = 0;
    std::int64_t sequence = 0;
    std::string user;
    std::int64_t nth = 0;
    std::int64_t rank = 0;
    std::string key;
    std::int64_t registered_at = 0;
    std::string status;
    auto operator<=>(const HolderRow&) const = default;
};

struct CouponRow {
    std::int64_t id = 0;
    std::string name;
    std::string description;
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::int64_t limit = 0;
    auto operator<=>(const CouponRow&) const = default;
};

/// Everything that a store says, read with plain SQL and none of the project's own reading, so that
/// what is judged doesn't judge itself.
struct StoreRows {
    std::vector<CouponRow> coupons;  ///< By id.
    std::vector<EventRow> history;   ///< By coupon, then sequence.
    std::vector<EventRow> live;      ///< The same; at one place the cumulative one last.
    std::vector<HolderRow> holders;  ///< By coupon, then sequence.
    auto operator<=>(const StoreRows&) const = default;
};

/// Fails: corrupted, with SQLite's own words.
[[nodiscard]] base::Result<StoreRows> read_rows(const std::string& path);

}  // namespace dibs::crash
