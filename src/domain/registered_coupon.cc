#include "domain/registered_coupon.h"

#include <utility>

namespace dibs::domain {

std::string_view name_of(RegistrationStatus status) {
    switch (status) {
        case RegistrationStatus::active: return "active";
        case RegistrationStatus::returned: return "returned";
    }
    return "unknown";
}

std::optional<RegistrationStatus> parse_registration_status(std::string_view name) {
    for (const auto status : {RegistrationStatus::active, RegistrationStatus::returned}) {
        if (name == name_of(status)) return status;
    }
    return std::nullopt;
}

RegisteredCoupon to_registered(const RegisteredCouponCreate& create) {
    return RegisteredCoupon{.coupon_id = create.coupon_id,
                            .sequence = create.sequence,
                            .user_id = create.user_id,
                            .nth = create.nth,
                            .rank = create.rank,
                            .idempotency_key = create.idempotency_key,
                            .registered_at = create.registered_at,
                            .status = RegistrationStatus::active};
}

CouponInventory to_issued_event(const RegisteredCouponCreate& create) {
    return CouponInventory{.coupon_id = create.coupon_id,
                           .sequence = create.sequence,
                           .kind = InventoryKind::issued,
                           .amount = -1,
                           .stock_after = create.stock_after,
                           .issued_after = create.rank,
                           .user_id = create.user_id,
                           .reason = {},
                           .created_at = create.registered_at};
}

void Holdings::add(RegisteredCoupon registered) {
    by_user_[registered.user_id.text()].push_back(std::move(registered));
}

std::span<const RegisteredCoupon> Holdings::of(const UserId& user) const {
    const auto found = by_user_.find(user.text());
    if (found == by_user_.end()) return {};
    return found->second;
}

}  // namespace dibs::domain
