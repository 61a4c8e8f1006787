#include "service/fold_rest.h"

#include <utility>

namespace dibs::service {

namespace {

// choice: at the most a tenth of the writer's time for the fold. What a step took counts its wait
// for the writer, too, so that where others keep the store busy its part is smaller still.
constexpr int rest_per_step = 9;

}  // namespace

std::chrono::nanoseconds RestForRequests::operator()(std::chrono::nanoseconds step) {
    const std::uint64_t joined = line_.joined_count();
    const bool did_any_come = std::exchange(joined_before_, joined) != joined;
    return did_any_come ? rest_per_step * step : std::chrono::nanoseconds(0);
}

}  // namespace dibs::service
