#include "rehearsal/pace.h"

#include <algorithm>
#include <cmath>

namespace dibs::rehearsal {

namespace {

using base::SteadyInstant;
using std::chrono::nanoseconds;

constexpr double nanoseconds_per_second = 1e9;

/// How many of the numbers below `count` are this thread's.
std::uint64_t requests_of(const CrowdShare& share, std::uint64_t count) {
    if (count <= share.thread) return 0;
    return (count - share.thread - 1) / share.thread_count + 1;
}

}  // namespace

Pace::Pace(const CrowdOptions& options, const CrowdShare& share, SteadyInstant start)
    : mode_(options.mode),
      share_(share),
      start_(start),
      nanoseconds_between_(options.mode == CrowdMode::open_loop
                               ? nanoseconds_per_second / options.requests_per_second
                               : 0),
      end_(options.mode == CrowdMode::stampede ? SteadyInstant::max() : start + options.duration) {}

std::uint64_t Pace::number_of(std::uint64_t taken) const {
    // Neighbouring numbers go to different threads, so that a user's repeats are under way at once.
    return share_.thread + taken * share_.thread_count;
}

std::uint64_t Pace::share_size() const {
    return requests_of(share_, share_.request_count);
}

SteadyInstant Pace::intended(std::uint64_t taken) const {
    // Counted from the start each time: adding up a rounded distance would drift.
    const double since = static_cast<double>(number_of(taken)) * nanoseconds_between_;
    return start_ + nanoseconds(static_cast<std::int64_t>(since));
}

std::optional<SteadyInstant> Pace::next_due(SteadyInstant now) const {
    if (is_stopped_ || taken_ >= share_size()) return std::nullopt;
    switch (mode_) {
        case CrowdMode::stampede: return start_;
        case CrowdMode::closed_loop:
            return now < end_ ? std::optional(std::max(now, start_)) : std::nullopt;
        case CrowdMode::open_loop: {
            // What fell due before the end is still sent after it: it was wanted.
            const SteadyInstant next = intended(taken_);
            return next < end_ ? std::optional(next) : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<DueRequest> Pace::take(SteadyInstant now) {
    const auto due = next_due(now);
    if (!due || *due > now) return std::nullopt;
    const SteadyInstant meant = mode_ == CrowdMode::open_loop ? *due : now;
    return DueRequest{number_of(taken_++), meant};
}

std::uint64_t Pace::left_behind(SteadyInstant now) const {
    switch (mode_) {
        case CrowdMode::stampede: return now < start_ ? 0 : share_size() - taken_;
        case CrowdMode::closed_loop: return 0;
        case CrowdMode::open_loop: break;
    }
    const SteadyInstant until = std::min(now, end_);
    const double passed = static_cast<double>(nanoseconds(until - start_).count());
    if (passed <= 0) return 0;
    // The crowd's requests before `until` are those numbered below this.
    const auto due_in_all = static_cast<std::uint64_t>(std::ceil(passed / nanoseconds_between_));
    const std::uint64_t due_here = requests_of(share_, std::min(due_in_all, share_.request_count));
    return due_here > taken_ ? due_here - taken_ : 0;
}

void Pace::stop(SteadyInstant now) {
    end_ = std::min(end_, std::max(now, start_));
    is_stopped_ = true;
}

}  // namespace dibs::rehearsal
