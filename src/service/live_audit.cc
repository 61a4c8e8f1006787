#include "service/live_audit.h"

#include <fmt/format.h>

#include "service/row_words.h"

namespace dibs::service {

using base::Result;
using domain::CouponInventory;
using domain::InventoryKind;

namespace {

/// A live event says what history says at its place, and a cumulative one what history comes to
/// there.
bool says_the_same(const CouponInventory& live, const CouponInventory& history) {
    if (live.kind != InventoryKind::cumulative) return live == history;
    return live.amount == history.stock_after && live.stock_after == history.stock_after &&
           live.issued_after == history.issued_after && live.created_at == history.created_at;
}

}  // namespace

Result<void> LiveAudit::check_up_to(const CouponInventory& history) {
    while (live_.is_at(verdict_.coupon_id) && live_.front()->sequence <= history.sequence) {
        if (auto done = take_next(&history); !done) return done;
    }
    return {};
}

Result<void> LiveAudit::finish() {
    while (live_.is_at(verdict_.coupon_id)) {
        if (auto done = take_next(nullptr); !done) return done;
    }
    const domain::Balance& history = verdict_.balance;
    if (last_.head != history.head) {
        verdict_.add(2, fmt::format("inventory's head is {}, history's is {}", last_.head.value,
                                    history.head.value));
    }
    if (sum_.is_beyond()) {
        verdict_.add(1, "inventory sums to more than any number holds");
    } else if (sum_.value() != history.stock || last_.stock != history.stock || last_.stock < 0) {
        verdict_.add(1, fmt::format("inventory sums to {}, says {} remain, history sums to {}",
                                    sum_.value(), last_.stock, history.stock));
    }
    return {};
}

Result<void> LiveAudit::take_next(const CouponInventory* history) {
    const CouponInventory& event = *live_.front();
    if (verdict_.live_event_count > 0 && !event.sequence.is_next_after(last_.head)) {
        verdict_.add(
            2, fmt::format("inventory: {} follows sequence {}", describe(event), last_.head.value));
    }
    const bool is_at_its_place = history != nullptr && event.sequence == history->sequence;
    if (is_at_its_place && !says_the_same(event, *history)) {
        verdict_.add(1, fmt::format("inventory: {} is not what history says: {}", describe(event),
                                    describe(*history)));
    }
    sum_.add(event.amount);
    ++verdict_.live_event_count;
    last_ = event.balance_after();
    return live_.advance();
}

}  // namespace dibs::service
