#include "app/open_files.h"

#include <sys/resource.h>

#include <algorithm>

#include "base/log.h"

namespace dibs::app {

namespace {

// choice: files for the store, its readers, logs, listeners, event loops, and operators'
// connections.
constexpr std::size_t files_of_our_own = 1'200;

}  // namespace

std::size_t fit_to_open_files(std::size_t connections_wanted) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return connections_wanted;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const std::size_t files = limit.rlim_max;
    if (connections_wanted + files_of_our_own <= files) return connections_wanted;
    const std::size_t fitting = std::max<std::size_t>(
        files > 2 * files_of_our_own ? files - files_of_our_own : files / 2, 1);
    base::log::warning("fewer-connections", {{"wanted", connections_wanted},
                                             {"possible", fitting},
                                             {"why", "the limit of open files (ulimit -n)"}});
    return std::min(connections_wanted, fitting);
}

}  // namespace dibs::app
