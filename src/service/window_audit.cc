#include "service/window_audit.h"

#include <fmt/format.h>

#include "service/row_words.h"

namespace dibs::service {

using base::Result;

Result<void> WindowAudit::check(const domain::RegisteredCoupon& registered) {
    while (rows_.terms.is_at(verdict_.coupon_id) &&
           rows_.terms.front()->after < registered.sequence) {
        if (auto done = take_next(); !done) return done;
    }
    if (!in_force_) {
        verdict_.add(6, describe(registered) + ": no terms were in force");
        return {};
    }
    const domain::CouponTerms& terms = in_force_->terms;
    if (registered.registered_at < terms.from || registered.registered_at > terms.to) {
        verdict_.add(6, fmt::format("{}: at {}, where the window was {} to {}",
                                    describe(registered), describe(registered.registered_at),
                                    describe(terms.from), describe(terms.to)));
    }
    return {};
}

Result<void> WindowAudit::finish() {
    while (rows_.terms.is_at(verdict_.coupon_id)) {
        if (auto done = take_next(); !done) return done;
    }
    if (in_force_) verdict_.name = in_force_->terms.name;
    if (!rows_.coupons.is_at(verdict_.coupon_id)) {
        verdict_.add(4, "there are rows of a coupon that does not exist");
        return {};
    }
    while (rows_.coupons.is_at(verdict_.coupon_id)) {
        if (!in_force_ || *rows_.coupons.front() != in_force_->terms) {
            verdict_.add(6, "the coupon as it is announced is not the last version of its terms");
        }
        if (auto done = rows_.coupons.advance(); !done) return done;
    }
    return {};
}

// Were they not in the order of the stream, nobody could say which of them was in force.
Result<void> WindowAudit::take_next() {
    const repository::TermsInForce& next = *rows_.terms.front();
    if (in_force_ && next.after < in_force_->after) {
        verdict_.add(6, fmt::format("the terms after sequence {} stand behind those after {}",
                                    next.after.value, in_force_->after.value));
    }
    in_force_ = next;
    return rows_.terms.advance();
}

}  // namespace dibs::service
