#include "domain/coupon_inventory.h"

namespace dibs::domain {

std::string_view name_of(InventoryKind kind) {
    switch (kind) {
        case InventoryKind::stocked: return "stocked";
        case InventoryKind::adjusted: return "adjusted";
        case InventoryKind::issued: return "issued";
        case InventoryKind::returned: return "returned";
        case InventoryKind::cumulative: return "cumulative";
    }
    return "unknown";
}

std::optional<InventoryKind> parse_inventory_kind(std::string_view name) {
    for (const InventoryKind kind :
         {InventoryKind::stocked, InventoryKind::adjusted, InventoryKind::issued,
          InventoryKind::returned, InventoryKind::cumulative}) {
        if (name == name_of(kind)) return kind;
    }
    return std::nullopt;
}

namespace {

std::int64_t sum_of(std::int64_t one, std::int64_t other) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(one, other, &sum)) return sum;
    return other > 0 ? sum_max : -sum_max;
}

}  // namespace

Balance fold(const Balance& before, const CouponInventory& event) {
    // A cumulative event stands for the whole stream up to its place, so what was counted before it
    // is within it.
    if (event.kind == InventoryKind::cumulative) {
        return Balance{event.sequence, event.amount, event.issued_after};
    }
    const std::int64_t issued = event.kind == InventoryKind::issued ? 1 : 0;
    return Balance{event.sequence, sum_of(before.stock, event.amount),
                   sum_of(before.issued, issued)};
}

}  // namespace dibs::domain
