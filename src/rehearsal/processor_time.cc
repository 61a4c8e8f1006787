#include "rehearsal/processor_time.h"

#include <ctime>

#include "base/ensure.h"

namespace dibs::rehearsal {

std::chrono::nanoseconds thread_processor_time() {
    timespec used{};
    base::ensure(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0, "a thread has its own clock");
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace dibs::rehearsal
