#include "support/printing.h"

#include <fmt/format.h>

#include "base/instant.h"

namespace dibs::base {

void PrintTo(FailureKind kind, std::ostream* out) {
    *out << name_of(kind);
}

}  // namespace dibs::base

namespace dibs::domain {

void PrintTo(const CouponId& id, std::ostream* out) {
    *out << "coupon " << id.value;
}

void PrintTo(const Sequence& sequence, std::ostream* out) {
    *out << "sequence " << sequence.value;
}

void PrintTo(const UserId& user, std::ostream* out) {
    *out << user.text();
}

void PrintTo(const Balance& balance, std::ostream* out) {
    *out << fmt::format("head {}, stock {}, issued {}", balance.head.value, balance.stock,
                        balance.issued);
}

void PrintTo(IssueOutcome outcome, std::ostream* out) {
    *out << name_of(outcome);
}

void PrintTo(InventoryKind kind, std::ostream* out) {
    *out << name_of(kind);
}

void PrintTo(const CouponTerms& terms, std::ostream* out) {
    *out << fmt::format("coupon {} \"{}\" \"{}\" from {} to {}, {} per user, created {}",
                        terms.id.value, terms.name, terms.description, base::to_rfc3339(terms.from),
                        base::to_rfc3339(terms.to), terms.limit_per_user,
                        base::to_rfc3339(terms.created_at));
}

void PrintTo(const CouponInventory& event, std::ostream* out) {
    *out << fmt::format("{}-{} {} {:+} → stock {}, issued {}, user {}, \"{}\", {}",
                        event.coupon_id.value, event.sequence.value, name_of(event.kind),
                        event.amount, event.stock_after, event.issued_after,
                        event.user_id ? event.user_id->text() : "-", event.reason,
                        base::to_rfc3339(event.created_at));
}

void PrintTo(const RegisteredCoupon& registered, std::ostream* out) {
    *out << fmt::format("{} of {}: nth {}, rank {}, key {}, {}, {}", registered.id().text(),
                        registered.user_id.text(), registered.nth, registered.rank,
                        registered.idempotency_key ? registered.idempotency_key->text() : "-",
                        base::to_rfc3339(registered.registered_at), name_of(registered.status));
}

}  // namespace dibs::domain

namespace dibs::repository {

void PrintTo(StockChange::Outcome outcome, std::ostream* out) {
    switch (outcome) {
        case StockChange::Outcome::appended: *out << "appended"; return;
        case StockChange::Outcome::coupon_not_found: *out << "coupon_not_found"; return;
        case StockChange::Outcome::below_zero: *out << "below_zero"; return;
        case StockChange::Outcome::too_large: *out << "too_large"; return;
    }
}

void PrintTo(TakeBack::Outcome outcome, std::ostream* out) {
    switch (outcome) {
        case TakeBack::Outcome::returned: *out << "returned"; return;
        case TakeBack::Outcome::not_found: *out << "not_found"; return;
        case TakeBack::Outcome::already_returned: *out << "already_returned"; return;
    }
}

}  // namespace dibs::repository
