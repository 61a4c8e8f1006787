#include "simulation/tables.h"

#include <algorithm>
#include <memory>

#include "base/ensure.h"

namespace dibs::simulation {

using base::from_microseconds;
using base::to_microseconds;
using domain::CouponId;
using domain::Sequence;

EventRow to_row(const domain::CouponInventory& event, Time written_at) {
    return {.coupon = event.coupon_id.value,
            .sequence = event.sequence.value,
            .kind = std::string(name_of(event.kind)),
            .amount = event.amount,
            .stock_after = event.stock_after,
            .issued_after = event.issued_after,
            .user = event.user_id ? event.user_id->text() : std::string(),
            .reason = event.reason,
            .created_at = to_microseconds(event.created_at),
            .written_at = written_at};
}

domain::CouponInventory to_event(const EventRow& row) {
    const auto kind = domain::parse_inventory_kind(row.kind);
    base::ensure(kind.has_value(), "a row's kind is one");
    return {.coupon_id = CouponId{row.coupon},
            .sequence = Sequence{row.sequence},
            .kind = *kind,
            .amount = row.amount,
            .stock_after = row.stock_after,
            .issued_after = row.issued_after,
            .user_id = domain::UserId::parse(row.user),
            .reason = row.reason,
            .created_at = from_microseconds(row.created_at)};
}

domain::RegisteredCoupon to_registered(const RegisteredRow& row) {
    return {.coupon_id = CouponId{row.coupon},
            .sequence = Sequence{row.sequence},
            .user_id = domain::UserId::parse(row.user).value(),
            .nth = row.nth,
            .rank = row.rank,
            .idempotency_key = domain::IdempotencyKey::parse(row.key),
            .registered_at = from_microseconds(row.registered_at),
            .status = row.is_returned ? domain::RegistrationStatus::returned
                                      : domain::RegistrationStatus::active};
}

TermsRow to_row(const domain::CouponTerms& terms, std::int64_t after, base::Instant announced_at,
                Time written_at) {
    return {.after = after,
            .name = terms.name,
            .description = terms.description,
            .from = to_microseconds(terms.from),
            .to = to_microseconds(terms.to),
            .limit = terms.limit_per_user,
            .created_at = to_microseconds(terms.created_at),
            .announced_at = to_microseconds(announced_at),
            .written_at = written_at};
}

domain::CouponTerms to_terms(std::int64_t coupon, const TermsRow& row) {
    return {.id = CouponId{coupon},
            .name = row.name,
            .description = row.description,
            .from = from_microseconds(row.from),
            .to = from_microseconds(row.to),
            .limit_per_user = row.limit,
            .created_at = from_microseconds(row.created_at)};
}

domain::Coupon to_coupon(std::int64_t coupon, const CouponRows& rows) {
    domain::Balance balance;
    if (!rows.live.empty()) {
        const EventRow& head = rows.live.back();
        balance = {Sequence{head.sequence}, head.stock_after, head.issued_after};
    }
    return {std::make_shared<const domain::CouponTerms>(to_terms(coupon, rows.terms.back())),
            balance};
}

bool append_event(CouponRows& rows, const EventRow& event) {
    if (event.sequence != static_cast<std::int64_t>(rows.history.size()) + 1) return false;
    rows.history.push_back(event);
    rows.live.push_back(event);
    return true;
}

bool append_registered(CouponRows& rows, const domain::RegisteredCouponCreate& create,
                       Time written_at) {
    auto& places = rows.of_user[create.user_id.text()];
    const bool is_taken = std::ranges::any_of(
        places, [&](std::size_t place) { return rows.registered[place].nth == create.nth; });
    if (is_taken) return false;
    places.push_back(rows.registered.size());
    rows.registered.push_back(
        {.coupon = create.coupon_id.value,
         .sequence = create.sequence.value,
         .user = create.user_id.text(),
         .nth = create.nth,
         .rank = create.rank,
         .key = create.idempotency_key ? create.idempotency_key->text() : std::string(),
         .registered_at = to_microseconds(create.registered_at),
         .is_returned = false,
         .written_at = written_at,
         .returned_at = 0});
    return true;
}

}  // namespace dibs::simulation
