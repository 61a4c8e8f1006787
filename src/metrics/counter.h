#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace dibs::metrics {

/// A number that only grows, cheap to add to from many threads: each thread adds to a cell of its
/// own as far as there are cells. Any thread may add and read.
class Counter {
public:
    void add(std::uint64_t amount = 1) {
        cells_[cell_of_this_thread()].value.fetch_add(amount, std::memory_order_relaxed);
    }

    /// What was added so far; additions that are under way may be missing.
    [[nodiscard]] std::uint64_t value() const {
        std::uint64_t sum = 0;
        for (const Cell& cell : cells_) sum += cell.value.load(std::memory_order_relaxed);
        return sum;
    }

private:
    // choice: as many as the threads that count at once on the machines that this runs on.
    static constexpr std::size_t cell_count = 8;

    // 64: a cache line, so that two threads do not pull one to and fro.
    struct alignas(64) Cell {
        std::atomic<std::uint64_t> value = 0;
    };

    static std::size_t cell_of_this_thread();

    std::array<Cell, cell_count> cells_;
};

}  // namespace dibs::metrics
