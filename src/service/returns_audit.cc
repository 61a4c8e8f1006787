#include "service/returns_audit.h"

#include <fmt/format.h>

#include <functional>
#include <string>

#include "service/row_words.h"

namespace dibs::service {

using domain::InventoryKind;

void ReturnsAudit::note(const domain::RegisteredCoupon& registered) {
    if (registered.status != domain::RegistrationStatus::returned) return;
    ++registration_count_;
    users_ += std::hash<std::string>()(registered.user_id.text());
}

void ReturnsAudit::note(const domain::CouponInventory& event, CouponVerdict& verdict) {
    if (event.kind != InventoryKind::returned) return;
    ++event_count_;
    if (event.user_id) users_ -= std::hash<std::string>()(event.user_id->text());
    if (event_count_ > registration_count_) {
        verdict.add(4, describe(event) + ": no registration before it says that it was returned");
    }
}

void ReturnsAudit::finish(CouponVerdict& verdict) const {
    if (registration_count_ > event_count_) {
        verdict.add(4, fmt::format("{} registrations say that they were returned, history has {} "
                                   "events that returned one",
                                   registration_count_, event_count_));
    } else if (registration_count_ == event_count_ && users_ != 0) {
        verdict.add(4, fmt::format("the users of the {} registrations that say that they were "
                                   "returned are not those of the events that returned them",
                                   registration_count_));
    }
}

}  // namespace dibs::service
