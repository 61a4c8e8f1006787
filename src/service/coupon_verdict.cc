#include "service/coupon_verdict.h"

#include <algorithm>
#include <utility>

namespace dibs::service {

std::string_view rule_text(int rule) {
    switch (rule) {
        case 1: return "sum(inventory) = sum(history) = remaining >= 0";
        case 2:
            return "history's sequences run from 1 to the head with no gap, and inventory has the "
                   "same head";
        case 3: return "the running sum of history is never below zero";
        case 4: return "registered coupons and issued events are one to one";
        case 5:
            return "no user holds more than the limit per user, and their first, second, … stand "
                   "in this order";
        case 6: return "every registration lies in the window that was in force";
        default: return "unknown";
    }
}

void CouponVerdict::add(int rule, std::string row) {
    count(1);
    // Of each rule, so that one that is broken a thousand times doesn't hide another.
    const auto shown = std::ranges::count(violations, rule, &Violation::rule);
    if (std::cmp_less(shown, violations_shown_max)) violations.push_back({rule, std::move(row)});
}

}  // namespace dibs::service
