#include "support/temporary_directory.h"

#include <stdlib.h>  // mkdtemp is POSIX's, not the C++ library's.

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/ensure.h"

namespace dibs::test {

TemporaryDirectory::TemporaryDirectory(const std::filesystem::path& in) {
    std::string pattern = (in / "dibs-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), pattern);
    }
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code error;  // What can't be removed is the operating system's to sweep.
    std::filesystem::remove_all(path_, error);
}

std::string TemporaryDirectory::file(std::string_view name) const {
    return (path_ / name).string();
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    base::ensure(file.flush().good(), "a test's file can be written");
}

}  // namespace dibs::test
