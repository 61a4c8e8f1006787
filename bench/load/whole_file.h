#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace dibs::bench {

/// All that a file holds; nothing, if it can't be read.
[[nodiscard]] inline std::string read_whole(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace dibs::bench
