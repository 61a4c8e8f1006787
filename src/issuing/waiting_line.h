#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "issuing/pending_issue.h"

namespace dibs::issuing {

/// The line in front of the books: first in, first out, and bounded.
///
/// A request's place in it is the order that counts, and the moment at which it gets its place is
/// its arrival: both are given under the same hold of the lock, so that no two requests of a
/// process disagree about who came first.
class WaitingLine {
public:
    enum class Admission : std::uint8_t {
        joined,  ///< It waits. Its desk gets the answer.
        full,    ///< As many wait as may. Nothing was begun.
        closed,  ///< The service is stopping. Nothing was begun.
    };

    /// `clock` must outlive the line.
    WaitingLine(std::size_t waiting_max, const base::Clock& clock);

    /// Gives the request the last place, or turns it away. Any thread may call; never blocks.
    [[nodiscard]] Admission join(PendingIssue request);

    /// Takes the first ones, at most `count_max`, as soon as there is one: it never lingers for
    /// more. Blocks while nobody waits. Empty only when the line is closed and everybody was taken.
    [[nodiscard]] std::vector<PendingIssue> take(std::size_t count_max);

    /// Lets nobody join any more. Those who wait are still taken.
    void close();

    /// How many wait now.
    [[nodiscard]] std::size_t length() const;

private:
    struct Line {
        std::deque<PendingIssue> waiting;
        bool is_closed = false;
        bool is_watched = false;  // A committer is blocked in `take` and has to be woken.
    };

    const std::size_t waiting_max_;
    const base::Clock& clock_;
    base::Guarded<Line> line_;
};

}  // namespace dibs::issuing
