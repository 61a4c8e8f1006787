#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "domain/ids.h"

namespace dibs::domain {

/// What an inventory event says about the stock.
enum class InventoryKind : std::uint8_t {
    stocked,     ///< +n: coupons were put on the shelf.
    adjusted,    ///< +n or -n: a count was put right.
    issued,      ///< -1: a user got one.
    returned,    ///< +1: a user's coupon was taken back.
    cumulative,  ///< The fold of every event up to its place. Only in the live inventory, never in
                 ///< the history.
};

/// The kind's name, the same in code, store, API and documents.
[[nodiscard]] std::string_view name_of(InventoryKind kind);
[[nodiscard]] std::optional<InventoryKind> parse_inventory_kind(std::string_view name);

/// What a coupon's events come to at a place of its stream.
struct Balance {
    Sequence head;            ///< The last event that is counted.
    std::int64_t stock = 0;   ///< The sum of the amounts. Never below zero.
    std::int64_t issued = 0;  ///< How many `issued` events there are: the rank of the last one.
    bool operator==(const Balance&) const = default;
};

/// One line of a coupon's books: an immutable event that carries, like a line of a bank statement,
/// what the fold gives after it.
struct CouponInventory {
    CouponId coupon_id;
    Sequence sequence;
    InventoryKind kind = InventoryKind::stocked;
    std::int64_t amount = 0;
    std::int64_t stock_after = 0;
    std::int64_t issued_after = 0;
    std::optional<UserId> user_id;  ///< Where one is concerned: issued, returned.
    std::string reason;             ///< What the operator gave as the reason; may be empty.
    base::Instant created_at;

    [[nodiscard]] Balance balance_after() const { return {sequence, stock_after, issued_after}; }
    bool operator==(const CouponInventory&) const = default;
};

/// The same line in the history, where it stays for ever: same columns, never folded, never
/// deleted.
using CouponInventoryHistory = CouponInventory;

/// No stock comes near it: what operators put on the shelf stays within `number_max`.
inline constexpr std::int64_t sum_max = std::numeric_limits<std::int64_t>::max();

/// Folds `event` onto `before`: the balance that its amount and kind give, without regard to what
/// the event itself carries. A sum beyond `sum_max`, as only a damaged store has one, stays there.
[[nodiscard]] Balance fold(const Balance& before, const CouponInventory& event);

}  // namespace dibs::domain
