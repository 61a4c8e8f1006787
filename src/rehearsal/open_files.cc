#include "rehearsal/open_files.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace dibs::rehearsal {

namespace {

/// How many files this process has open; those that are counted by looking are among them.
std::size_t open_now() {
    std::error_code error;
    const std::filesystem::directory_iterator entries("/proc/self/fd", error);
    // choice: without /proc, what a command-line program usually has open.
    if (error) return 16;
    return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace

std::size_t raise_open_files_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        const rlimit raised{limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    const std::size_t used = open_now();
    return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

}  // namespace dibs::rehearsal
