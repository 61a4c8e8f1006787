#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dibs::test {

/// A fresh directory that goes, with all that is in it, when this does.
class TemporaryDirectory {
public:
    /// Where the machine has its temporary files, or `in` a directory that is there.
    TemporaryDirectory() : TemporaryDirectory(std::filesystem::temp_directory_path()) {}
    explicit TemporaryDirectory(const std::filesystem::path& in);
    ~TemporaryDirectory();

    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    /// The path of a file in it, whether it is there or not.
    [[nodiscard]] std::string file(std::string_view name) const;

private:
    std::filesystem::path path_;
};

/// The whole file, byte for byte; empty if it can't be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);
/// Makes `bytes` the whole content of the file.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace dibs::test
