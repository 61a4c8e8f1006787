#pragma once

#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>

#include "support/temporary_directory.h"

namespace dibs::identity {

/// A temporary folder with words for the files in it.
class TemporaryFolder {
public:
    [[nodiscard]] std::string path_of(std::string_view name) const { return directory_.file(name); }

    /// Writes a file and returns its path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view text) const {
        test::write_file(path_of(name), text);
        return path_of(name);
    }

    [[nodiscard]] std::string read(std::string_view name) const {
        return test::read_file(path_of(name));
    }

    [[nodiscard]] std::size_t file_count() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(directory_.path()), {}));
    }

private:
    const test::TemporaryDirectory directory_;
};

}  // namespace dibs::identity
