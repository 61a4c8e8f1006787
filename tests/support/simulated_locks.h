#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace dibs::test {

/// The locks that SQLite takes on a database file, among the connections of one process, and the
/// memory that they share. Goes with the power, as the real ones do. Used under its owner's lock.
class SimulatedLocks {
public:
    /// Who holds locks: the address of a connection's file.
    using Holder = const void*;

    /// SQLite's levels, from nothing to exclusive. False: somebody else is in the way.
    [[nodiscard]] bool lock(Holder holder, int level);
    void unlock(Holder holder, int level);
    [[nodiscard]] bool is_reserved() const { return reserved_ != nullptr; }

    /// The locks in the shared memory: `count` of eight from `first` on.
    [[nodiscard]] bool lock_shared(Holder holder, int first, int count);
    [[nodiscard]] bool lock_exclusive(Holder holder, int first, int count);
    void unlock_slots(Holder holder, int first, int count);

    /// A region of the shared memory; null if it isn't there and is not to be made.
    [[nodiscard]] std::byte* region(std::size_t number, std::size_t size, bool extends);
    void join_memory(Holder holder);
    /// Gives up its locks there; the memory goes with the last one.
    void leave_memory(Holder holder);

private:
    static constexpr int slot_count = 8;  // SQLITE_SHM_NLOCK
    struct Slot {
        std::vector<Holder> shared;
        Holder exclusive = nullptr;
    };

    std::vector<Holder> shared_;
    Holder reserved_ = nullptr;
    Holder pending_ = nullptr;
    Holder exclusive_ = nullptr;
    std::array<Slot, slot_count> slots_;
    std::vector<std::unique_ptr<std::byte[]>> memory_;
    std::vector<Holder> in_memory_;
};

}  // namespace dibs::test
