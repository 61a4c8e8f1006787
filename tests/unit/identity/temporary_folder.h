#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "base/ensure.h"

namespace dibs::identity {

/// A new folder that goes, with all that is in it, at the end of a test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = std::filesystem::temp_directory_path() / "dibs-identity-XXXXXX";
        base::ensure(::mkdtemp(pattern.data()) != nullptr, "a folder for temporary files");
        path_ = pattern;
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] std::string path_of(std::string_view name) const { return path_ / name; }

    /// Writes a file and returns its path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view text) const {
        const std::string path = path_of(name);
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    [[nodiscard]] std::string read(std::string_view name) const {
        std::ifstream file(path_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    [[nodiscard]] std::size_t file_count() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(path_), {}));
    }

private:
    std::filesystem::path path_;
};

}  // namespace dibs::identity
