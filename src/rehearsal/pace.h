#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "rehearsal/crowd_options.h"

namespace dibs::rehearsal {

/// A request that should be under way.
struct DueRequest {
    std::uint64_t number;
    /// When it was meant to start. In the open loop that may lie before it is sent, and its latency
    /// counts from here: a customer who had to wait for a free connection has waited, too.
    base::SteadyInstant intended;
};

/// One thread's share of the crowd.
struct CrowdShare {
    std::size_t thread;
    std::size_t thread_count;
    std::uint64_t request_count;  ///< Of the whole crowd.
};

/// Says which request of a thread comes next, and when. Knows no sockets and asks no clock. Belongs
/// to one thread.
class Pace {
public:
    /// The crowd starts at `start`.
    Pace(const CrowdOptions& options, const CrowdShare& share, base::SteadyInstant start);

    /// The next request, if one is due.
    [[nodiscard]] std::optional<DueRequest> take(base::SteadyInstant now);

    /// When the next request falls due; nothing if none ever will.
    [[nodiscard]] std::optional<base::SteadyInstant> next_due(base::SteadyInstant now) const;

    /// How many requests are due but were not taken.
    [[nodiscard]] std::uint64_t left_behind(base::SteadyInstant now) const;

    /// Nothing falls due after `now`. What was due in a stampede or an open loop is left behind.
    void stop(base::SteadyInstant now);

    /// Whether nothing more will ever be taken.
    [[nodiscard]] bool is_over(base::SteadyInstant now) const { return !next_due(now); }

    /// Whether the time to send in has passed; a stampede has none.
    [[nodiscard]] bool is_past_end(base::SteadyInstant now) const {
        return mode_ == CrowdMode::stampede || now >= end_;
    }

private:
    [[nodiscard]] std::uint64_t number_of(std::uint64_t taken) const;
    [[nodiscard]] base::SteadyInstant intended(std::uint64_t taken) const;
    [[nodiscard]] std::uint64_t share_size() const;

    const CrowdMode mode_;
    const CrowdShare share_;
    const base::SteadyInstant start_;
    const double nanoseconds_between_;  ///< Between the whole crowd's requests, in the open loop.
    base::SteadyInstant end_;
    bool is_stopped_ = false;
    std::uint64_t taken_ = 0;
};

}  // namespace dibs::rehearsal
