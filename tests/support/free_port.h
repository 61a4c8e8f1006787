#pragma once

#include <cstdint>

namespace dibs::test {

/// A port of the loopback that was free a moment ago, for a program that can't choose one by
/// itself. Any thread may call.
[[nodiscard]] std::uint16_t free_port();

}  // namespace dibs::test
