#include "database/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace dibs::database {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

std::string read_note(int descriptor) {
    std::array<char, 512> note{};
    const ssize_t size = pread(descriptor, note.data(), note.size(), 0);
    return size > 0 ? std::string(note.data(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path) {
    FileLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (lock.descriptor_ < 0) {
        return Failure{FailureKind::unavailable, fmt::format("{}: {}", path, std::strerror(errno))};
    }
    if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno == EWOULDBLOCK) return Failure{FailureKind::overloaded, read_note(lock.descriptor_)};
    return Failure{FailureKind::unavailable, fmt::format("{}: {}", path, std::strerror(errno))};
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

void FileLock::leave_note(const std::string& note) {
    // A note that can't be written costs the second comer an explanation, not safety.
    if (ftruncate(descriptor_, 0) != 0) return;
    static_cast<void>(!pwrite(descriptor_, note.data(), note.size(), 0));
}

}  // namespace dibs::database
