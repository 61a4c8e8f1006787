#include <map>

#include "simulation/auditor.h"

// What operators were told.

namespace dibs::simulation {

void Auditor::audit_stock_order(const StockOrder& order) {
    if (!order.is_answered) {
        if (!order.is_lost) findings_.add("order {} was never answered", order.number);
        return;
    }
    const Story* const story = story_of(order.coupon);
    if (story == nullptr) return findings_.add("order {} is about nothing", order.number);
    if (order.is_failure) {
        const bool is_calm = order.asked_at >= seen_.calm_from;
        if (is_calm) findings_.add("order {}: {} for no reason", order.number, order.answer);
        return;
    }
    if (order.answer == "appended") {
        const auto place = static_cast<std::size_t>(order.sequence);
        const bool is_there = order.sequence >= 1 && place <= story->rows().history.size() &&
                              story->rows().history[place - 1].reason == order.reason &&
                              story->rows().history[place - 1].kind == order.kind &&
                              story->rows().history[place - 1].amount == order.amount;
        if (!is_there) findings_.add("order {}: lost: {}", order.number, order.sequence);
    } else if (order.answer == "below-zero") {
        const bool is_true =
            story->first_place(order.asked_at, order.answered_at,
                               [&](std::int64_t stock) { return stock + order.amount < 0; }) >= 0;
        if (!is_true) findings_.add("order {}: would not bring it below zero", order.number);
    } else if (order.answer == "already-returned") {
        const RegisteredRow* const row = story->find(order.registration);
        if (row == nullptr || !row->is_returned || row->returned_at > order.answered_at) {
            findings_.add("order {}: {}-{} was not returned", order.number, order.coupon,
                          order.registration);
        }
    } else {
        // Only what somebody was told that they have is ever taken back.
        findings_.add("order {}: {}", order.number, order.answer);
    }
}

// Each order has at most one event, and has it only if it was told so or doesn't know.
void Auditor::audit_reasons() {
    std::map<std::string, std::int64_t> events;
    for (const CouponRows& of_coupon : rows_.coupons) {
        for (const EventRow& row : of_coupon.history) {
            if (row.kind == "issued" || row.reason == "created") continue;
            if (++events[row.reason] > 1) findings_.add("{} was written twice", row.reason);
        }
    }
    for (const StockOrder& order : seen_.orders) {
        const bool is_there = events.erase(order.reason) > 0;
        const bool may_be_there =
            order.is_answered ? order.answer == "appended" || order.answer == "in-doubt" : true;
        if (is_there && !may_be_there) {
            findings_.add("order {}: told {}, and it is there", order.number, order.answer);
        }
    }
    for (const auto& [reason, count] : events) findings_.add("nobody ordered {}", reason);
}

void Auditor::audit_look(const Look& look) {
    const Story* const story = story_of(look.coupon);
    if (story == nullptr) return;
    const bool is_true = story->was_head(look.head, look.asked_at, look.answered_at) &&
                         story->stock_after(static_cast<std::size_t>(look.head)) == look.stock;
    if (!is_true) {
        findings_.add("at {} what was live of coupon {} came to {} at {}", look.answered_at,
                      look.coupon, look.stock, look.head);
    }
}

}  // namespace dibs::simulation
