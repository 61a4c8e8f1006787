#pragma once

#include <cstddef>

namespace dibs::app {

/// Raises this process's limit of open files as far as it goes, and gives how many of the wanted
/// connections fit into it; says so in the log if those are fewer.
[[nodiscard]] std::size_t fit_to_open_files(std::size_t connections_wanted);

}  // namespace dibs::app
