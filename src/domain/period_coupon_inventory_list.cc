#include "domain/period_coupon_inventory_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace dibs::domain {

namespace {

using base::Failure;
using base::FailureKind;
using base::Result;

Failure contradiction(const CouponInventory& event, std::string_view what) {
    return {FailureKind::corrupted, fmt::format("coupon {} at sequence {}: {}",
                                                event.coupon_id.value, event.sequence.value, what)};
}

/// What is wrong with `event` as the one after `before`, if anything is.
std::optional<Failure> find_contradiction(const Balance& before, const Balance& after,
                                          const CouponInventory& event) {
    const bool is_cumulative = event.kind == InventoryKind::cumulative;
    if (is_cumulative && before.head != Sequence{0}) {
        return contradiction(event, "a cumulative event stands after events that it does not fold");
    }
    if (!is_cumulative && !event.sequence.is_next_after(before.head)) {
        return contradiction(event, fmt::format("it follows sequence {}", before.head.value));
    }
    if (after.stock < 0 || after.stock == sum_max || after.issued == sum_max) {
        return contradiction(
            event, fmt::format("the stock is {}, and {} were issued", after.stock, after.issued));
    }
    if (after != event.balance_after()) {
        return contradiction(
            event, fmt::format("it says stock {} and issued {}, its amounts give {} and {}",
                               event.stock_after, event.issued_after, after.stock, after.issued));
    }
    return std::nullopt;
}

Result<CouponInventory> fold_group(const std::vector<CouponInventory>& events) {
    Balance balance;
    for (const CouponInventory& event : events) {
        const Balance after = fold(balance, event);
        if (auto wrong = find_contradiction(balance, after, event)) return *std::move(wrong);
        balance = after;
    }
    return CouponInventory{.coupon_id = events.back().coupon_id,
                           .sequence = balance.head,
                           .kind = InventoryKind::cumulative,
                           .amount = balance.stock,
                           .stock_after = balance.stock,
                           .issued_after = balance.issued,
                           .user_id = std::nullopt,
                           .reason = {},
                           .created_at = events.back().created_at};
}

}  // namespace

PeriodCouponInventoryList::PeriodCouponInventoryList(std::vector<CouponInventory> events) {
    for (CouponInventory& event : events) {
        events_by_coupon_[event.coupon_id].push_back(std::move(event));
    }
    for (auto& [coupon_id, of_coupon] : events_by_coupon_) {
        std::ranges::sort(of_coupon, {}, &CouponInventory::sequence);
    }
}

Result<std::vector<CouponInventory>> PeriodCouponInventoryList::reduce_to_cumulative() const {
    std::vector<CouponInventory> cumulative;
    cumulative.reserve(events_by_coupon_.size());
    for (const auto& [coupon_id, events] : events_by_coupon_) {
        auto folded = fold_group(events);
        if (!folded) return folded.failure();
        cumulative.push_back(*std::move(folded));
    }
    return cumulative;
}

}  // namespace dibs::domain
