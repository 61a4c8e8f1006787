#include "identity/file_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "identity/open_file.h"

namespace dibs::identity {

namespace {

base::Failure cannot_read(const std::string& path) {
    return {
        base::FailureKind::unavailable,
        path + ": cannot be read: " + std::error_code(errno, std::generic_category()).message()};
}

}  // namespace

base::Result<FileText> read_file(const std::string& path, std::size_t size_max_bytes) {
    // Not blocking: opening a pipe that somebody put there must not wait for its writer.
    const OpenFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.descriptor(), &status) != 0) return cannot_read(path);
    if (!S_ISREG(status.st_mode)) {
        return base::Failure{base::FailureKind::invalid, path + ": is not a regular file"};
    }
    FileText result;
    result.is_readable_by_others = (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
    // One byte more than allowed, so that a file that grew since is noticed as well.
    result.text.resize(size_max_bytes + 1);
    std::size_t size = 0;
    while (size < result.text.size()) {
        const ssize_t count =
            ::read(file.descriptor(), result.text.data() + size, result.text.size() - size);
        if (count < 0) return cannot_read(path);
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > size_max_bytes) {
        return base::Failure{
            base::FailureKind::invalid,
            path + ": is larger than " + std::to_string(size_max_bytes) + " bytes"};
    }
    result.text.resize(size);
    return result;
}

}  // namespace dibs::identity
