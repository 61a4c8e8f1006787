#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace dibs::identity {

/// What a file held when it was read.
struct FileText {
    std::string text;
    bool is_readable_by_others = false;  ///< By the group or by everybody, going by its mode.
};

/// Reads a whole regular file. Blocks on the disk.
/// Fails: unavailable (not there, not readable), invalid (no regular file, or larger than
/// `size_max_bytes`).
[[nodiscard]] base::Result<FileText> read_file(const std::string& path, std::size_t size_max_bytes);

}  // namespace dibs::identity
