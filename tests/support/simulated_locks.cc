#include "support/simulated_locks.h"

#include <sqlite3.h>

#include <algorithm>

namespace dibs::test {

namespace {

bool contains(const std::vector<SimulatedLocks::Holder>& holders, SimulatedLocks::Holder holder) {
    return std::ranges::find(holders, holder) != holders.end();
}

/// Whether anybody but `holder` is among them.
bool has_others(const std::vector<SimulatedLocks::Holder>& holders, SimulatedLocks::Holder holder) {
    return std::ranges::any_of(holders, [&](const auto* one) { return one != holder; });
}

bool is_other(SimulatedLocks::Holder found, SimulatedLocks::Holder holder) {
    return found != nullptr && found != holder;
}

}  // namespace

bool SimulatedLocks::lock(Holder holder, int level) {
    if (level == SQLITE_LOCK_NONE || exclusive_ == holder) return true;
    if (is_other(exclusive_, holder)) return false;
    if (level == SQLITE_LOCK_SHARED) {
        if (contains(shared_, holder)) return true;
        if (is_other(pending_, holder)) return false;
        shared_.push_back(holder);
        return true;
    }
    if (is_other(reserved_, holder) || is_other(pending_, holder)) return false;
    if (level == SQLITE_LOCK_RESERVED) {
        reserved_ = holder;
        return true;
    }
    pending_ = holder;
    if (level == SQLITE_LOCK_PENDING) return true;
    if (has_others(shared_, holder)) return false;
    exclusive_ = holder;
    return true;
}

void SimulatedLocks::unlock(Holder holder, int level) {
    if (exclusive_ == holder) exclusive_ = nullptr;
    if (pending_ == holder) pending_ = nullptr;
    if (reserved_ == holder) reserved_ = nullptr;
    if (level == SQLITE_LOCK_NONE) std::erase(shared_, holder);
}

bool SimulatedLocks::lock_shared(Holder holder, int first, int count) {
    for (int i = first; i < first + count; ++i) {
        if (is_other(slots_.at(static_cast<std::size_t>(i)).exclusive, holder)) return false;
    }
    for (int i = first; i < first + count; ++i) {
        auto& shared = slots_.at(static_cast<std::size_t>(i)).shared;
        if (!contains(shared, holder)) shared.push_back(holder);
    }
    return true;
}

bool SimulatedLocks::lock_exclusive(Holder holder, int first, int count) {
    for (int i = first; i < first + count; ++i) {
        const Slot& slot = slots_.at(static_cast<std::size_t>(i));
        if (is_other(slot.exclusive, holder) || has_others(slot.shared, holder)) return false;
    }
    for (int i = first; i < first + count; ++i) {
        slots_.at(static_cast<std::size_t>(i)).exclusive = holder;
    }
    return true;
}

void SimulatedLocks::unlock_slots(Holder holder, int first, int count) {
    for (int i = first; i < first + count; ++i) {
        Slot& slot = slots_.at(static_cast<std::size_t>(i));
        if (slot.exclusive == holder) slot.exclusive = nullptr;
        std::erase(slot.shared, holder);
    }
}

std::byte* SimulatedLocks::region(std::size_t number, std::size_t size, bool extends) {
    if (number >= memory_.size() && !extends) return nullptr;
    while (memory_.size() <= number) memory_.push_back(std::make_unique<std::byte[]>(size));
    return memory_[number].get();
}

void SimulatedLocks::join_memory(Holder holder) {
    if (!contains(in_memory_, holder)) in_memory_.push_back(holder);
}

void SimulatedLocks::leave_memory(Holder holder) {
    unlock_slots(holder, 0, slot_count);
    std::erase(in_memory_, holder);
    if (in_memory_.empty()) memory_.clear();
}

}  // namespace dibs::test
