#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulation/trace.h"

// What the simulated store keeps, as plain rows: whole numbers and texts, and the moment at which
// each came to be there. The auditor reads them, and knows nothing else of the store.

namespace dibs::simulation {

struct TermsRow {
    std::int64_t after = 0;  ///< In force for every event after this one.
    std::string name;
    std::string description;
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::int64_t limit = 1;
    std::int64_t created_at = 0;
    std::int64_t announced_at = 0;
    Time written_at = 0;
};

struct EventRow {
    std::int64_t coupon = 0;
    std::int64_t sequence = 0;
    std::string kind;
    std::int64_t amount = 0;
    std::int64_t stock_after = 0;
    std::int64_t issued_after = 0;
    std::string user;  ///< Empty if none.
    std::string reason;
    std::int64_t created_at = 0;
    Time written_at = 0;

    bool operator==(const EventRow&) const = default;
};

struct RegisteredRow {
    std::int64_t coupon = 0;
    std::int64_t sequence = 0;
    std::string user;
    std::int64_t nth = 0;
    std::int64_t rank = 0;
    std::string key;  ///< Empty if none.
    std::int64_t registered_at = 0;
    bool is_returned = false;
    Time written_at = 0;
    Time returned_at = 0;  ///< If it is.
};

struct FoldRow {
    std::int64_t run = 0;
    std::int64_t until = 0;
    std::string trigger;
    std::int64_t started_at = 0;
    std::optional<std::int64_t> finished_at;
    bool is_frozen = false;
    std::int64_t events_in = 0;
    std::int64_t events_out = 0;
    std::int64_t steps = 0;
    std::string leader;    ///< Empty if none.
    Time leads_until = 0;  ///< By the server's clock.
};

/// All of one coupon. Its id is its place, from 1.
struct CouponRows {
    std::vector<TermsRow> terms;
    std::vector<EventRow> history;
    std::vector<EventRow> live;
    std::vector<RegisteredRow> registered;                    ///< By sequence.
    std::map<std::string, std::vector<std::size_t>> of_user;  ///< Places in `registered`.
};

struct StoreRows {
    std::vector<CouponRows> coupons;
    std::vector<FoldRow> folds;
    std::map<std::int64_t, std::int64_t> points;  ///< Of the run under way: coupon, sequence.

    [[nodiscard]] CouponRows* find(std::int64_t coupon) {
        if (coupon < 1 || coupon > static_cast<std::int64_t>(coupons.size())) return nullptr;
        return &coupons[static_cast<std::size_t>(coupon - 1)];
    }
};

}  // namespace dibs::simulation
