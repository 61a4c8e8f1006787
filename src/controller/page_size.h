#pragma once

#include <cstdint>

namespace dibs::controller {

/// How many rows a listing's page holds: if the caller doesn't say, and at most.
struct PageSize {
    std::int64_t otherwise;
    std::int64_t max;
};

// From the API: 1 to 100, 20 unless the caller says otherwise. A screen's worth, and a scroll's.
inline constexpr PageSize customers_page{.otherwise = 20, .max = 100};

// choice: what an operator's table shows, and what a script fetches at once.
inline constexpr PageSize operators_page{.otherwise = 100, .max = 1'000};

}  // namespace dibs::controller
