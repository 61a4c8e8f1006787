#pragma once

#include <cstdint>
#include <string_view>

namespace dibs::app {

/// What a noun of so many ends in: `1 step`, `2 steps`.
[[nodiscard]] constexpr std::string_view plural_of(std::int64_t count) {
    return count == 1 ? "" : "s";
}

}  // namespace dibs::app
