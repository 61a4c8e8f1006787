#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "base/clock.h"
#include "base/failure.h"
#include "controller/issue_desk.h"
#include "http/reply.h"

namespace dibs::controller {

/// When those are told who found no room: the first ones at once, those beyond at a steady pace, by
/// the generic cell rate algorithm (ITU-T I.371, Annex A), and nobody later than `hold_max`.
class RefusalPace {
public:
    // choice: a request that needs no store takes an HTTP thread 11 to 13 microseconds
    // (`bench/run.sh P1`), so a thousand a second are one or two hundredths of its time, and a
    // thousand at once are through in less than twenty milliseconds.
    static constexpr int per_second = 1'000;
    static constexpr int burst = 1'000;
    /// As long as Retry-After says: whoever keeps to it would not have come sooner.
    static constexpr std::chrono::seconds hold_max{1};

    /// When the next one may be told who comes `now`. Never before one who came earlier.
    [[nodiscard]] base::SteadyInstant next(base::SteadyInstant now);

private:
    base::SteadyInstant due_at_{};  // When one more would be due at the steady pace.
};

/// Tells those of one HTTP thread for whom the line had no room.
///
/// Who is refused and comes again at once costs as much as one who is served, and a crowd that does
/// so takes the processors from those who were let in. So beyond a pace a refusal is held back,
/// and with it the connection, which sends nothing meanwhile. As soon as the line has room again
/// all who are held back are told. Nobody is held in memory that a connection doesn't have anyway.
///
/// For that thread alone.
class PacedRefusals {
public:
    /// All must outlive it, and what was posted to the loop. `has_room`: whether they may as well
    /// come again.
    PacedRefusals(IssueDesk& desk, http::Loop& loop, const base::Clock& clock,
                  std::function<bool()> has_room);

    /// Sends `refusal` to the reply that the ticket stands for, now or a little later.
    void refuse(std::uint64_t ticket, base::Failure refusal);

private:
    struct Held {
        std::uint64_t ticket;
        base::Failure refusal;
        base::SteadyInstant due_at;
    };

    void look_later();
    void look();

    IssueDesk& desk_;
    http::Loop& loop_;
    const base::Clock& clock_;
    const std::function<bool()> has_room_;
    RefusalPace pace_;
    std::deque<Held> held_;  // In the order in which they are due.
    bool will_look_ = false;
};

}  // namespace dibs::controller
