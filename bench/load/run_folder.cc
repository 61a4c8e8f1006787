#include "load/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>  // mkdtemp is POSIX's, not the C++ library's.
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

constexpr std::string_view run_prefix = "run-";

/// Locks a run's folder; -1 if it is another's, or gone. No service that a run starts inherits it.
int try_lock(const std::filesystem::path& path) {
    const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) return -1;
    if (flock(folder, LOCK_EX | LOCK_NB) == 0 && std::filesystem::exists(path)) return folder;
    close(folder);
    return -1;
}

void remove_what_was_left(const std::filesystem::path& in) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(in, ignored)) {
        if (!entry.path().filename().string().starts_with(run_prefix)) continue;
        const int lock = try_lock(entry.path());
        if (lock < 0) continue;
        std::filesystem::remove_all(entry.path(), ignored);
        close(lock);
    }
}

}  // namespace

Result<RunFolder> RunFolder::make(const std::filesystem::path& in) {
    std::error_code error;
    std::filesystem::create_directories(in, error);
    remove_what_was_left(in);
    while (true) {
        std::string pattern =
            (std::filesystem::absolute(in) / fmt::format("{}XXXXXX", run_prefix)).string();
        if (mkdtemp(pattern.data()) == nullptr) {
            return Failure{FailureKind::unavailable,
                           fmt::format("{}: {}", pattern, std::strerror(errno))};
        }
        // PostgreSQL refuses to be root, so whoever is root runs it as another user, who has to get
        // to its folder through this one.
        std::filesystem::permissions(
            pattern, std::filesystem::perms::group_exec | std::filesystem::perms::others_exec,
            std::filesystem::perm_options::add, error);
        // Between the two lines another run that begins may have taken it for one that was left.
        const int lock = try_lock(pattern);
        if (lock >= 0) return RunFolder(pattern, lock);
    }
}

RunFolder::~RunFolder() {
    if (lock_ < 0) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    close(lock_);
}

}  // namespace dibs::bench
