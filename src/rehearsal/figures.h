#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dibs::rehearsal {

// Figures as people read them, for a terminal that shows UTF-8.

/// `1234567` as `1,234,567`.
[[nodiscard]] std::string grouped(std::int64_t number);
[[nodiscard]] std::string grouped(std::uint64_t number);

/// Three significant digits in the unit that suits: `840 ns`, `12.3 µs`, `4.56 ms`, `1.24 s`,
/// `2 min 05 s`.
[[nodiscard]] std::string readable(std::chrono::nanoseconds duration);

/// `12.5 %`; a share that is not quite nothing or all does not look as if it were. Of nothing: `-`.
[[nodiscard]] std::string share_of(std::uint64_t part, std::uint64_t whole);

/// A bar of up to `width` characters for a fraction of 0 to 1, exact to an eighth of a character.
[[nodiscard]] std::string bar(double fraction, std::size_t width);

/// How many columns a text takes, and the text made to take so many: padded, or cut short.
[[nodiscard]] std::size_t shown_width(std::string_view text);
[[nodiscard]] std::string padded_left(std::string_view text, std::size_t width);
[[nodiscard]] std::string padded_right(std::string_view text, std::size_t width);
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t width);

}  // namespace dibs::rehearsal
