#include "service/row_words.h"

#include <fmt/format.h>

namespace dibs::service {

std::string describe(const domain::CouponInventory& event) {
    return fmt::format("{} {:+} at sequence {} (stock after {}, issued after {})",
                       name_of(event.kind), event.amount, event.sequence.value, event.stock_after,
                       event.issued_after);
}

std::string describe(const domain::RegisteredCoupon& registered) {
    return fmt::format("registration {} of user {}, rank {}", registered.id().text(),
                       registered.user_id.text(), registered.rank);
}

std::string describe(base::Instant instant) {
    if (instant < base::earliest_instant() || instant > base::latest_instant()) {
        return fmt::format("{} µs", base::to_microseconds(instant));
    }
    return base::to_rfc3339(instant);
}

}  // namespace dibs::service
