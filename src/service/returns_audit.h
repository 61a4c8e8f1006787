#pragma once

#include <cstdint>
#include <string_view>

#include "domain/registered_coupon.h"
#include "service/coupon_verdict.h"

namespace dibs::service {

/// Rule 4 for what was taken back from one coupon's users: as many registrations say that they were
/// returned as the history has `returned` events, of the same users. Otherwise a registration could
/// be hidden from the limit per user by its status alone.
///
/// An event names its user but not the registration. So the users are not kept but summed up, and
/// the memory is the same however many there are.
class ReturnsAudit {
public:
    /// In the order of the stream.
    void note(const domain::RegisteredCoupon& registered);
    void note(const domain::CouponInventory& event, CouponVerdict& verdict);

    void finish(CouponVerdict& verdict) const;

private:
    std::int64_t event_count_ = 0;
    std::int64_t registration_count_ = 0;
    std::uint64_t users_ = 0;  ///< Of the registrations, less those of the events.
};

}  // namespace dibs::service
