#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dibs::controller {

/// Where a page ended, as text that callers hand back and do not look into. `listing` keeps a
/// cursor of one listing from being taken by another.
[[nodiscard]] std::string write_cursor(char listing, std::initializer_list<std::int64_t> place);

/// The numbers of a cursor of this listing with so many of them. Nothing if `text` is not one.
[[nodiscard]] std::optional<std::vector<std::int64_t>> read_cursor(char listing, std::size_t count,
                                                                   std::string_view text);

}  // namespace dibs::controller
