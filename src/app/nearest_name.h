#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dibs::app {

/// `; did you mean NAME?` with the name that `text` is most likely a slip for, or nothing if it
/// resembles none.
[[nodiscard]] std::string suggest(std::string_view text, const std::vector<std::string>& names);

}  // namespace dibs::app
