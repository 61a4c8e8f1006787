#include "service/fold_rest.h"

#include <algorithm>
#include <utility>

namespace dibs::service {

namespace {

// choice: at the most a twentieth of the writer's time for the fold. What a step took counts its
// wait for the writer, too, so that where others keep the store busy its part is smaller still.
constexpr int rest_per_step = 19;

}  // namespace

void RestForRequests::rest_after(std::chrono::nanoseconds step, std::chrono::nanoseconds longest) {
    const std::uint64_t joined = line_.joined_count();
    if (std::exchange(joined_before_, joined) == joined) return;  // Nobody has come meanwhile.
    static_cast<void>(pause_.wait(std::min(rest_per_step * step, longest)));
}

}  // namespace dibs::service
