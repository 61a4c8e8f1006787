#include "service/coupon_audit.h"

#include <fmt/format.h>

#include <utility>

#include "service/row_words.h"

namespace dibs::service {

using base::Result;
using domain::Balance;
using domain::CouponInventory;
using domain::InventoryKind;
using domain::RegisteredCoupon;

CouponAudit::CouponAudit(StoreRows& rows, domain::CouponId coupon_id)
    : rows_(rows),
      verdict_{.coupon_id = coupon_id, .name = {}, .balance = {}, .violations = {}},
      live_(rows.live, verdict_),
      window_(rows, verdict_) {}

Result<CouponVerdict> CouponAudit::run() {
    while (rows_.history.is_at(verdict_.coupon_id) ||
           rows_.registrations.is_at(verdict_.coupon_id)) {
        auto done = is_registration_next() ? check_unissued() : check_event();
        if (!done) return done.failure();
    }
    if (auto done = live_.finish(); !done) return done.failure();
    if (auto done = window_.finish(); !done) return done.failure();
    returns_.finish(verdict_);
    return std::move(verdict_);
}

bool CouponAudit::is_registration_next() const {
    return rows_.registrations.is_at(verdict_.coupon_id) &&
           (!rows_.history.is_at(verdict_.coupon_id) ||
            rows_.registrations.front()->sequence < rows_.history.front()->sequence);
}

Result<void> CouponAudit::check_unissued() {
    const RegisteredCoupon& registered = *rows_.registrations.front();
    verdict_.add(4, describe(registered) + ": no event issued it");
    returns_.note(registered);
    return rows_.registrations.advance();
}

Result<void> CouponAudit::check_event() {
    const CouponInventory& event = *rows_.history.front();
    fold(event);
    returns_.note(event, verdict_);
    if (auto done = live_.check_up_to(event); !done) return done;
    if (auto done = check_registration(event); !done) return done;
    return rows_.history.advance();
}

void CouponAudit::fold(const CouponInventory& event) {
    const Balance before = verdict_.balance;
    if (!event.sequence.is_next_after(before.head)) {
        verdict_.add(
            2, fmt::format("history: {} follows sequence {}", describe(event), before.head.value));
    }
    stock_.add(event.amount);
    const std::int64_t issued = event.kind == InventoryKind::issued ? 1 : 0;
    verdict_.balance = Balance{event.sequence, stock_.value(), before.issued + issued};
    if (verdict_.balance.stock < 0) {
        verdict_.add(3, fmt::format("history: {} brings the stock to {}", describe(event),
                                    verdict_.balance.stock));
    }
    if (stock_.is_beyond()) {
        verdict_.add(1, fmt::format("history: {} brings the sum to more than any number holds",
                                    describe(event)));
    } else if (verdict_.balance != event.balance_after()) {
        verdict_.add(1, fmt::format("history: {} where the sums give {} and {}", describe(event),
                                    verdict_.balance.stock, verdict_.balance.issued));
    }
}

Result<void> CouponAudit::check_registration(const CouponInventory& event) {
    const bool is_issued = event.kind == InventoryKind::issued;
    const auto& next = rows_.registrations.front();
    if (!rows_.registrations.is_at(verdict_.coupon_id) || next->sequence != event.sequence) {
        if (is_issued) verdict_.add(4, describe(event) + ": nobody is registered for it");
        return {};
    }
    const RegisteredCoupon& registered = *next;
    if (!is_issued) {
        verdict_.add(4, fmt::format("{} stands where {}", describe(registered), describe(event)));
    } else {
        if (event.user_id != registered.user_id || event.created_at != registered.registered_at ||
            event.issued_after != registered.rank) {
            verdict_.add(4, fmt::format("{} and {} differ in user, time or rank", describe(event),
                                        describe(registered)));
        }
        if (auto done = window_.check(registered); !done) return done;
    }
    returns_.note(registered);
    return rows_.registrations.advance();
}

}  // namespace dibs::service
