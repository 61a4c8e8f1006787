#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace dibs::bench {

/// What a folder lies on.
struct Disk {
    std::string file_system;  ///< `ext4`, as the kernel calls it.
    bool is_in_memory = false;
    /// The median of writing a page at a file's end and making it durable.
    std::chrono::nanoseconds page_sync{0};
};

/// Looks at the disk under a folder, and tries it for a moment.
/// Fails: unavailable (nothing can be written there).
[[nodiscard]] base::Result<Disk> look_at_disk(const std::filesystem::path& folder);

}  // namespace dibs::bench
