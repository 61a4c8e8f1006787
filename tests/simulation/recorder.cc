#include "simulation/recorder.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace dibs::simulation {

using base::Result;
using base::to_microseconds;
using repository::StockChange;
using repository::TakeBack;

namespace {

HeldSeen to_seen(const domain::RegisteredCoupon& one) {
    return {.coupon = one.coupon_id.value,
            .sequence = one.sequence.value,
            .user = one.user_id.text(),
            .nth = one.nth,
            .rank = one.rank,
            .key = one.idempotency_key ? one.idempotency_key->text() : std::string(),
            .registered_at = to_microseconds(one.registered_at)};
}

TermsSeen to_seen(const domain::CouponTerms& terms) {
    return {.name = terms.name,
            .from = to_microseconds(terms.from),
            .to = to_microseconds(terms.to),
            .limit = terms.limit_per_user};
}

std::string_view name_of(StockChange::Outcome outcome) {
    switch (outcome) {
        case StockChange::Outcome::appended: return "appended";
        case StockChange::Outcome::coupon_not_found: return "coupon-not-found";
        case StockChange::Outcome::below_zero: return "below-zero";
        case StockChange::Outcome::too_large: return "too-large";
    }
    return "unknown";
}

std::string_view name_of(TakeBack::Outcome outcome) {
    switch (outcome) {
        case TakeBack::Outcome::returned: return "appended";
        case TakeBack::Outcome::not_found: return "not-found";
        case TakeBack::Outcome::already_returned: return "already-returned";
    }
    return "unknown";
}

}  // namespace

std::size_t Recorder::note_asked(Asked asked) {
    asked.number = seen_.asked.size();
    trace_.note(asked.asked_at, "#{} {} asks node{} for {} {}", asked.number, asked.user,
                asked.node, asked.coupon, asked.key);
    open_.push_back(asked.number);
    seen_.asked.push_back(std::move(asked));
    return seen_.asked.back().number;
}

void Recorder::note_answer(std::size_t ticket, const Result<issuing::IssueResult>& result,
                           bool is_at_once) {
    Asked& asked = seen_.asked.at(ticket);
    base::ensure(!asked.is_answered, "an answer comes once, to one who asked");
    asked.is_answered = true;
    asked.is_at_once = is_at_once;
    asked.answered_at = conductor_.now();
    std::erase(open_, ticket);
    if (!result) {
        asked.is_failure = true;
        asked.answer = base::name_of(result.failure().kind);
    } else {
        asked.answer = domain::name_of(result->outcome);
        for (const auto& one : result->registered) asked.held.push_back(to_seen(one));
        if (result->terms) asked.terms = to_seen(*result->terms);
    }
    trace_.note(asked.answered_at, "#{} {} {}", ticket, asked.answer,
                asked.held.empty() ? 0 : asked.held.front().sequence);
    if (on_answer) on_answer(Asked(asked));  // A copy: it may lead to others who ask.
}

std::size_t Recorder::note_order(StockOrder order) {
    order.number = seen_.orders.size();
    order.reason = fmt::format("order-{}", order.number);
    trace_.note(order.asked_at, "order {} to node{}: {} {} of {}", order.number, order.node,
                order.kind, order.amount, order.coupon);
    seen_.orders.push_back(std::move(order));
    return seen_.orders.back().number;
}

void Recorder::note_change(std::size_t order, const Result<StockChange>& change) {
    if (!change) {
        answer_order(order, &change.failure(), {});
        return;
    }
    StockOrder& noted = answer_order(order, nullptr, name_of(change->outcome));
    if (change->event) noted.sequence = change->event->sequence.value;
}

void Recorder::note_taken_back(std::size_t order, const Result<TakeBack>& taken) {
    if (!taken) {
        answer_order(order, &taken.failure(), {});
        return;
    }
    StockOrder& noted = answer_order(order, nullptr, name_of(taken->outcome));
    if (taken->event) noted.sequence = taken->event->sequence.value;
}

void Recorder::note_death(int node) {
    for (StockOrder& order : seen_.orders) {
        if (order.node == node && !order.is_answered) order.is_lost = true;
    }
    std::vector<Asked> lost;
    std::erase_if(open_, [&](std::size_t ticket) {
        Asked& asked = seen_.asked[ticket];
        if (asked.node != node) return false;
        asked.is_lost = true;
        lost.push_back(asked);
        return true;
    });
    if (!on_death) return;
    for (const Asked& asked : lost) on_death(asked);
}

StockOrder& Recorder::answer_order(std::size_t number, const base::Failure* failure,
                                   std::string_view outcome) {
    StockOrder& order = seen_.orders.at(number);
    order.is_answered = true;
    order.is_failure = failure != nullptr;
    order.answer = failure != nullptr ? base::name_of(failure->kind) : outcome;
    order.answered_at = conductor_.now();
    trace_.note(order.answered_at, "order {}: {}", number, order.answer);
    return order;
}

}  // namespace dibs::simulation
