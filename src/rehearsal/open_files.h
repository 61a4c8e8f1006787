#pragma once

#include <cstddef>

namespace dibs::rehearsal {

/// Raises this process's limit of open files as far as it may without privileges, and says how many
/// more files can be opened now.
[[nodiscard]] std::size_t raise_open_files_limit();

}  // namespace dibs::rehearsal
