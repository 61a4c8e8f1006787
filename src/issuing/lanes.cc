#include "issuing/lanes.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/ensure.h"

// Method: a lane is a list through places that are used again, and the queue of those that are
// ready a list through the lanes; whoever joins changes two pointers. A lane that runs empty is put
// away once another one does, so that asking for any number of coupons, or of ids that are no
// coupon's, leaves no more lanes behind than there ever were at once. The last one stays: those of
// a coupon that is the only one wanted find its lane again with no look at the table. A lane put
// away is used again for whichever coupon comes next.

namespace dibs::issuing {

using domain::CouponId;

namespace {

// choice: what one coupon gets of a group at a turn while others wait. Opening a coupon's books
// costs as much as a few decisions, so turns of one would make groups of many coupons dear; and
// sixteen coupons of which each has thousands still share a group of 256.
constexpr std::size_t turn_max = 16;

// An odd constant with bits all over: 2^64 divided by the golden ratio.
constexpr std::uint64_t spread = 0x9E37'79B9'7F4A'7C15;

}  // namespace

Lanes::UnforeseenHash::UnforeseenHash() {
    std::random_device random;
    secret = (std::uint64_t{random()} << 32U) | random();
}

std::size_t Lanes::UnforeseenHash::operator()(const CouponId& id) const noexcept {
    const std::uint64_t mixed = (static_cast<std::uint64_t>(id.value) ^ secret) * spread;
    return mixed ^ (mixed >> 32U);
}

void Lanes::push(PendingIssue&& request) {
    Lane& lane = lane_of(request.coupon_id);
    Place* place = spare_place_;
    if (place != nullptr) {
        spare_place_ = place->next;
        place->request = std::move(request);
        place->next = nullptr;
    } else {
        place = &places_.emplace_back(std::move(request));
    }
    ++size_;
    if (lane.first != nullptr) {
        lane.last = lane.last->next = place;
        return;
    }
    lane.first = lane.last = place;
    if (!lane.is_taken) make_ready(lane);
}

std::vector<PendingIssue> Lanes::take_of_all(std::size_t count_max) {
    std::vector<PendingIssue> taken;
    taken.reserve(std::min(count_max, size_));
    while (taken.size() < count_max && has_ready()) {
        Lane& lane = next_ready();
        const std::size_t rest = count_max - taken.size();
        // Whoever is the only one left may have all that is left.
        move_first(lane, has_ready() ? std::min(turn_max, rest) : rest, taken);
        settle(lane);
    }
    return taken;
}

std::vector<PendingIssue> Lanes::take_of_one(std::size_t count_max) {
    std::vector<PendingIssue> taken;
    if (!has_ready()) return taken;
    Lane& lane = next_ready();
    lane.is_taken = true;
    move_first(lane, count_max, taken);
    return taken;
}

void Lanes::give_back(CouponId coupon_id) {
    const auto found = lanes_.find(coupon_id);
    base::ensure(found != lanes_.end() && found->second.is_taken,
                 "a coupon that is given back was taken");
    Lane& lane = found->second;
    lane.is_taken = false;
    settle(lane);
}

Lanes::Lane& Lanes::lane_of(CouponId coupon_id) {
    if (emptied_ != nullptr && emptied_->coupon_id == coupon_id) {
        return *std::exchange(emptied_, nullptr);
    }
    const auto found = lanes_.find(coupon_id);
    if (found != lanes_.end()) return found->second;
    if (spare_lanes_.empty()) {
        return lanes_.emplace(coupon_id, Lane{.coupon_id = coupon_id}).first->second;
    }
    LaneTable::node_type spare = std::move(spare_lanes_.back());
    spare_lanes_.pop_back();
    spare.key() = coupon_id;
    spare.mapped() = Lane{.coupon_id = coupon_id};
    return lanes_.insert(std::move(spare)).position->second;
}

void Lanes::move_first(Lane& lane, std::size_t count_max, std::vector<PendingIssue>& taken) {
    for (std::size_t count = 0; count < count_max && lane.first != nullptr; ++count) {
        Place* const place = lane.first;
        lane.first = place->next;
        taken.push_back(std::move(place->request));
        place->next = spare_place_;
        spare_place_ = place;
        --size_;
    }
}

void Lanes::make_ready(Lane& lane) {
    lane.next_ready = nullptr;
    if (ready_first_ == nullptr) {
        ready_first_ = &lane;
    } else {
        ready_last_->next_ready = &lane;
    }
    ready_last_ = &lane;
}

Lanes::Lane& Lanes::next_ready() {
    Lane& lane = *ready_first_;
    ready_first_ = lane.next_ready;
    return lane;
}

void Lanes::settle(Lane& lane) {
    if (lane.first != nullptr) return make_ready(lane);
    if (emptied_ != nullptr) spare_lanes_.push_back(lanes_.extract(emptied_->coupon_id));
    emptied_ = &lane;
}

}  // namespace dibs::issuing
