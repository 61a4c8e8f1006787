#include "metrics/counter.h"

namespace dibs::metrics {

std::size_t Counter::cell_of_this_thread() {
    static std::atomic<std::size_t> threads_seen = 0;
    thread_local const std::size_t cell =
        threads_seen.fetch_add(1, std::memory_order_relaxed) % cell_count;
    return cell;
}

}  // namespace dibs::metrics
