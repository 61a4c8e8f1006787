#include "issuing/waiting_line.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dibs::issuing {

WaitingLine::WaitingLine(std::size_t waiting_max, const base::Clock& clock)
    : waiting_max_(waiting_max), clock_(clock) {}

WaitingLine::Admission WaitingLine::join(PendingIssue request) {
    bool must_wake = false;
    const Admission admission = line_.with([&](Line& line) {
        if (line.is_closed) return Admission::closed;
        if (line.waiting.size() >= waiting_max_) return Admission::full;
        request.arrived_at = clock_.now();
        line.waiting.push_back(std::move(request));
        must_wake = std::exchange(line.is_watched, false);
        return Admission::joined;
    });
    // A committer in the middle of a commit looks for itself when it comes back: waking it costs a
    // system call, and under load nobody has to be woken at all.
    if (must_wake) line_.notify_one();
    return admission;
}

std::vector<PendingIssue> WaitingLine::take(std::size_t count_max) {
    return line_.wait(
        [](Line& line) {
            line.is_watched = line.waiting.empty() && !line.is_closed;
            return !line.is_watched;
        },
        [count_max](Line& line) {
            const auto count = std::min(count_max, line.waiting.size());
            const auto end = line.waiting.begin() + static_cast<std::ptrdiff_t>(count);
            std::vector<PendingIssue> taken(std::make_move_iterator(line.waiting.begin()),
                                            std::make_move_iterator(end));
            line.waiting.erase(line.waiting.begin(), end);
            return taken;
        });
}

void WaitingLine::close() {
    line_.with([](Line& line) { line.is_closed = true; });
    line_.notify_all();
}

std::size_t WaitingLine::length() const {
    return line_.with([](const Line& line) { return line.waiting.size(); });
}

}  // namespace dibs::issuing
