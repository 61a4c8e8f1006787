#pragma once

#include <chrono>
#include <cstdint>

namespace dibs::bench {

// What the coupons that the benches announce have in common.

// choice: more than any run can issue; it never sells out.
inline constexpr std::int64_t endless_stock = 1'000'000'000;

// choice: longer than any bench, on both sides of now.
inline constexpr std::chrono::hours window_half{24};

}  // namespace dibs::bench
