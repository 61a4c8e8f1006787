#include "issuing/waiting_line.h"

#include <algorithm>
#include <utility>

namespace dibs::issuing {

using repository::GroupScope;

TakenGroup::TakenGroup(std::vector<PendingIssue> requests, WaitingLine* held_of)
    : requests_(std::move(requests)), held_of_(requests_.empty() ? nullptr : held_of) {
    if (held_of_ != nullptr) held_ = requests_.front().coupon_id;
}

TakenGroup::TakenGroup(TakenGroup&& other) noexcept
    : requests_(std::move(other.requests_)),
      held_of_(std::exchange(other.held_of_, nullptr)),
      held_(other.held_) {}

void TakenGroup::give_back() {
    if (held_of_ != nullptr) std::exchange(held_of_, nullptr)->give_back(held_);
}

WaitingLine::WaitingLine(std::size_t waiting_max, const base::Clock& clock, GroupScope scope)
    : waiting_max_(waiting_max), clock_(clock), scope_(scope) {}

WaitingLine::Admission WaitingLine::join(PendingIssue request) {
    bool wakes = false;
    const Admission admission = line_.with([&](Line& line) {
        if (line.is_closed) return Admission::closed;
        if (line.lanes.size() >= waiting_max_) return Admission::full;
        request.arrived_at = clock_.now();
        line.lanes.push(std::move(request));
        ++line.joined_count;
        wakes = must_wake(line);
        return Admission::joined;
    });
    // A committer in the middle of a commit looks for itself when it comes back: waking it costs a
    // system call, and under load nobody has to be woken at all.
    if (wakes) line_.notify_one();
    return admission;
}

TakenGroup WaitingLine::take(std::size_t count_max) {
    bool is_blocked = false;
    return line_.wait(
        [&](Line& line) {
            if (is_ready(line)) return true;
            if (!std::exchange(is_blocked, true)) ++line.blocked;
            // Woken for nothing, it has to be woken again.
            line.unwoken = std::min(line.unwoken + 1, line.blocked);
            return false;
        },
        [&](Line& line) {
            if (is_blocked) --line.blocked;
            line.unwoken = std::min(line.unwoken, line.blocked);
            if (scope_ == GroupScope::one_coupon) {
                return TakenGroup(line.lanes.take_of_one(count_max), this);
            }
            return TakenGroup(line.lanes.take_of_all(count_max), nullptr);
        });
}

bool WaitingLine::is_ready() const {
    return line_.with([](const Line& line) { return is_ready(line); });
}

void WaitingLine::close() {
    line_.with([](Line& line) { line.is_closed = true; });
    line_.notify_all();
}

bool WaitingLine::has_room_again() const {
    return line_.with([this](const Line& line) {
        return line.is_closed || line.lanes.size() <= waiting_max_ / 2;
    });
}

std::size_t WaitingLine::length() const {
    return line_.with([](const Line& line) { return line.lanes.size(); });
}

std::uint64_t WaitingLine::joined_count() const {
    return line_.with([](const Line& line) { return line.joined_count; });
}

void WaitingLine::give_back(domain::CouponId coupon_id) {
    const bool wakes = line_.with([&](Line& line) {
        line.lanes.give_back(coupon_id);
        return must_wake(line);
    });
    if (wakes) line_.notify_one();
}

// Whether a taker is to be woken, who then counts as woken. Nobody is woken for a coupon that
// another taker has: that one looks for itself when it gives the coupon back.
bool WaitingLine::must_wake(Line& line) {
    if (!line.lanes.has_ready() || line.unwoken == 0) return false;
    --line.unwoken;
    return true;
}

}  // namespace dibs::issuing
