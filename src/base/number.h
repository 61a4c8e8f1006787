#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace dibs::base {

/// The whole of `text` as a decimal integer: no space, no `+`, nothing after it. Nothing if it is
/// not one or does not fit.
template <std::integral Integer>
[[nodiscard]] std::optional<Integer> parse_integer(std::string_view text) {
    Integer value{};
    const char* const end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped_at != end || text.empty()) return std::nullopt;
    return value;
}

}  // namespace dibs::base
