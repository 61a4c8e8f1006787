#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "domain/ids.h"
#include "issuing/pending_issue.h"

namespace dibs::issuing {

/// Those who wait, in a lane for each coupon, and the coupons' turns.
///
/// In a lane who came first goes first. A coupon for which somebody waits stands in a queue of
/// coupons that are ready, and whoever takes goes round that queue: so those of a coupon that few
/// want never stand behind another coupon's thousands.
///
/// One thread at a time: the line holds its lock. Nothing is allocated for a request where as many
/// have waited at once before.
class Lanes {
public:
    /// Gives the request the last place of its coupon's lane.
    void push(PendingIssue&& request);

    /// Takes those of as many coupons as have a turn until `count_max` requests are taken. Empty
    /// only if nobody waits.
    [[nodiscard]] std::vector<PendingIssue> take_of_all(std::size_t count_max);

    /// Takes at most `count_max` of the coupon whose turn it is, which has no other turn until it
    /// is given back. Empty only if no coupon is ready.
    [[nodiscard]] std::vector<PendingIssue> take_of_one(std::size_t count_max);

    /// Lets the coupon have its turn again, as the last one.
    void give_back(domain::CouponId coupon_id);

    /// Whether somebody waits whose coupon is not taken.
    [[nodiscard]] bool has_ready() const { return ready_first_ != nullptr; }

    /// How many wait, in all lanes together.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    struct Place {
        PendingIssue request;
        Place* next = nullptr;
    };
    struct Lane {
        domain::CouponId coupon_id;
        Place* first = nullptr;
        Place* last = nullptr;
        Lane* next_ready = nullptr;
        bool is_taken = false;
    };
    // Callers choose the ids that they ask for. Without a number that they don't know they could
    // choose many that fall on one place of the table, and make every look at it long.
    struct UnforeseenHash {
        UnforeseenHash();
        std::size_t operator()(const domain::CouponId& id) const noexcept;
        std::uint64_t secret;
    };
    using LaneTable = std::unordered_map<domain::CouponId, Lane, UnforeseenHash>;

    [[nodiscard]] Lane& lane_of(domain::CouponId coupon_id);
    void move_first(Lane& lane, std::size_t count_max, std::vector<PendingIssue>& taken);
    void make_ready(Lane& lane);
    [[nodiscard]] Lane& next_ready();
    void settle(Lane& lane);

    LaneTable lanes_;  // Those that somebody stands in, those that are taken, and `emptied_`.
    std::vector<LaneTable::node_type> spare_lanes_;
    std::deque<Place> places_;  // A deque: a place never moves, and adding one moves no other.
    Place* spare_place_ = nullptr;
    Lane* emptied_ = nullptr;  // The last lane that ran empty; the only one in the table that is.
    Lane* ready_first_ = nullptr;
    Lane* ready_last_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace dibs::issuing
