#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "issuing/lanes.h"
#include "issuing/pending_issue.h"
#include "repository/coupon_repository.h"

namespace dibs::issuing {

class WaitingLine;

/// Those who were taken from the line together. Where groups are of one coupon, that coupon is the
/// taker's alone for as long as this lives. The line must outlive it.
class TakenGroup {
public:
    TakenGroup(TakenGroup&& other) noexcept;
    TakenGroup& operator=(TakenGroup&&) = delete;
    ~TakenGroup() { give_back(); }

    /// In the order in which they came, as far as they want the same coupon.
    [[nodiscard]] std::span<PendingIssue> requests() { return requests_; }
    [[nodiscard]] std::size_t size() const { return requests_.size(); }
    [[nodiscard]] bool empty() const { return requests_.empty(); }

    /// Lets others take the coupon. Calling again does nothing.
    void give_back();

private:
    friend class WaitingLine;
    TakenGroup(std::vector<PendingIssue> requests, WaitingLine* held_of);

    std::vector<PendingIssue> requests_;
    WaitingLine* held_of_;  // Null where no coupon is held.
    domain::CouponId held_;
};

/// The line in front of the books: a lane for each coupon, first in, first out, and bounded.
///
/// A request's place in its lane is the order that counts, and the moment at which it gets its
/// place is its arrival: both are given under the same hold of the lock, so that no two requests of
/// a process disagree about who came first. Between coupons there is no order but that they take
/// turns.
class WaitingLine {
public:
    enum class Admission : std::uint8_t {
        joined,  ///< It waits. Its desk gets the answer.
        full,    ///< As many wait as may. Nothing was begun.
        closed,  ///< The service is stopping. Nothing was begun.
    };

    /// `clock` must outlive the line. `waiting_max` bounds all lanes together; `scope` says what a
    /// group may hold.
    WaitingLine(std::size_t waiting_max, const base::Clock& clock,
                repository::GroupScope scope = repository::GroupScope::all_coupons);

    /// Gives the request the last place of its lane, or turns it away. Any thread may call; never
    /// blocks.
    [[nodiscard]] Admission join(PendingIssue request);

    /// Takes the first ones, at most `count_max`, of the coupon or coupons whose turn it is, as
    /// soon as there is one that nobody else has taken: it never lingers for more. Blocks until
    /// then. Empty only when the line is closed, and only those are left whose coupon another
    /// taker has. Any thread may call.
    [[nodiscard]] TakenGroup take(std::size_t count_max);

    /// Whether `take` would return at once.
    [[nodiscard]] bool is_ready() const;

    /// Lets nobody join any more. Those who wait are still taken.
    void close();

    /// Whether whoever was turned away may as well come again: half of the places are free. True
    /// of a closed line, for which nobody needs to wait.
    [[nodiscard]] bool has_room_again() const;
    /// How many wait now.
    [[nodiscard]] std::size_t length() const;
    /// How many have joined so far.
    [[nodiscard]] std::uint64_t joined_count() const;

private:
    friend class TakenGroup;

    struct Line {
        Lanes lanes;
        std::uint64_t joined_count = 0;
        bool is_closed = false;
        std::size_t blocked = 0;  // Takers that are blocked in `take`,
        std::size_t unwoken = 0;  // and those of them whom nobody is about to wake.
    };

    void give_back(domain::CouponId coupon_id);
    [[nodiscard]] static bool is_ready(const Line& line) {
        return line.lanes.has_ready() || line.is_closed;
    }
    [[nodiscard]] static bool must_wake(Line& line);

    const std::size_t waiting_max_;
    const base::Clock& clock_;
    const repository::GroupScope scope_;
    base::Guarded<Line> line_;
};

}  // namespace dibs::issuing
