#include "load/new_users.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace dibs::bench {

namespace {

// Names begin with eight digits, as the crowd's do. Multiplied by a number that has no factor in
// common with their count, all come once, each far from the one before (0.618… of the way round):
// a tree by user is spared nothing.
constexpr std::uint64_t names_max = 100'000'000;
constexpr std::uint64_t name_step = 61'803'399;

}  // namespace

NewUsers::NewUsers() : end_(fmt::format("-{}", base::to_microseconds(base::SystemClock().now()))) {}

std::string NewUsers::next() {
    const std::uint64_t number =
        count_.fetch_add(1, std::memory_order_relaxed) * name_step % names_max;
    return fmt::format("{:08}{}", number, end_);
}

}  // namespace dibs::bench
