#include "controller/paced_refusals.h"

#include <algorithm>
#include <utility>

namespace dibs::controller {

namespace {

// choice: seldom enough to cost nothing, and too short for anybody to notice that the line has had
// room for so long.
constexpr std::chrono::milliseconds look_period{10};

constexpr std::chrono::nanoseconds interval{std::nano::den / RefusalPace::per_second};

}  // namespace

base::SteadyInstant RefusalPace::next(base::SteadyInstant now) {
    const base::SteadyInstant earliest = std::max(due_at_, now - (burst - 1) * interval);
    const base::SteadyInstant latest = now + hold_max;
    const base::SteadyInstant due = std::min(earliest, latest);
    due_at_ = due + interval;
    return std::max(due, now);
}

PacedRefusals::PacedRefusals(IssueDesk& desk, http::Loop& loop, const base::Clock& clock,
                             std::function<bool()> has_room)
    : desk_(desk), loop_(loop), clock_(clock), has_room_(std::move(has_room)) {}

void PacedRefusals::refuse(std::uint64_t ticket, base::Failure refusal) {
    const base::SteadyInstant now = clock_.steady_now();
    const base::SteadyInstant due_at = pace_.next(now);
    if (held_.empty() && due_at <= now) return desk_.answer(ticket, std::move(refusal));
    held_.push_back({ticket, std::move(refusal), due_at});
    look_later();
}

void PacedRefusals::look_later() {
    if (std::exchange(will_look_, true)) return;
    loop_.post_after(look_period, [this] { look(); });
}

void PacedRefusals::look() {
    will_look_ = false;
    const base::SteadyInstant now = clock_.steady_now();
    const bool may_all_come = has_room_();
    // Whoever is told may come again before this is over, and is held back behind the others.
    for (std::size_t left = held_.size(); left > 0; --left) {
        if (!may_all_come && held_.front().due_at > now) break;
        Held first = std::move(held_.front());
        held_.pop_front();
        desk_.answer(first.ticket, std::move(first.refusal));
    }
    if (!held_.empty()) look_later();
}

}  // namespace dibs::controller
