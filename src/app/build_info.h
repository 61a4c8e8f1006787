#pragma once

#include <string_view>

namespace dibs::app {

/// What this binary was built from: `0.1.0`, and the commit, or `unknown` outside a checkout.
[[nodiscard]] std::string_view version();
[[nodiscard]] std::string_view commit();

}  // namespace dibs::app
