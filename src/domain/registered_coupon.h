#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/instant.h"
#include "domain/coupon_inventory.h"
#include "domain/ids.h"

namespace dibs::domain {

/// Whether a registered coupon is still its user's. The only thing about it that may ever change.
enum class RegistrationStatus : std::uint8_t {
    active,    ///< The user holds it.
    returned,  ///< It was taken back; the coupon has one more to give.
};

[[nodiscard]] std::string_view name_of(RegistrationStatus status);
[[nodiscard]] std::optional<RegistrationStatus> parse_registration_status(std::string_view name);

/// A registration that was decided and is not yet kept. It becomes three rows: an inventory event,
/// the same event in the history, and the registered coupon.
struct RegisteredCouponCreate {
    CouponId coupon_id;
    Sequence sequence;
    UserId user_id;
    std::int64_t nth = 0;          ///< The user's first, second, … of this coupon.
    std::int64_t rank = 0;         ///< "The 17th of 1,000": counts issued events only.
    std::int64_t stock_after = 0;  ///< What is left once this one is gone.
    std::optional<IdempotencyKey> idempotency_key;
    base::Instant registered_at;
};

/// A coupon that a user holds, or held.
struct RegisteredCoupon {
    CouponId coupon_id;
    Sequence sequence;
    UserId user_id;
    std::int64_t nth = 0;
    std::int64_t rank = 0;
    std::optional<IdempotencyKey> idempotency_key;
    base::Instant registered_at;
    RegistrationStatus status = RegistrationStatus::active;

    [[nodiscard]] RegistrationId id() const { return {coupon_id, sequence}; }
    bool operator==(const RegisteredCoupon&) const = default;
};

/// The registered coupon that `create` becomes once it is kept.
[[nodiscard]] RegisteredCoupon to_registered(const RegisteredCouponCreate& create);

/// The event that it becomes, in the inventory and in the history.
[[nodiscard]] CouponInventory to_issued_event(const RegisteredCouponCreate& create);

/// Who holds what of one coupon, as far as the requests at hand are concerned.
class Holdings {
public:
    void add(RegisteredCoupon registered);

    /// What the user was ever registered for, in the order of `add`; empty if nothing.
    [[nodiscard]] std::span<const RegisteredCoupon> of(const UserId& user) const;

private:
    std::unordered_map<std::string, std::vector<RegisteredCoupon>> by_user_;
};

}  // namespace dibs::domain
