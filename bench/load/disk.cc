#include "load/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "rehearsal/latency_histogram.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// choice: a median of so many repeats to a few per cent, in about ten milliseconds.
constexpr int tries = 64;
constexpr std::size_t page_size_bytes = 4096;

/// The type of the mount that is nearest above `path`.
std::string file_system_of(const std::filesystem::path& path) {
    std::ifstream mounts("/proc/self/mounts");
    std::string nearest;
    std::string type_of_nearest = "unknown";
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream words(line);
        std::string device;
        std::string place;
        std::string type;
        words >> device >> place >> type;
        const bool is_above =
            place == "/" || path == place || path.string().starts_with(place + "/");
        // Of two on the same place the later one hides the earlier.
        if (!is_above || place.size() < nearest.size()) continue;
        nearest = place;
        type_of_nearest = type;
    }
    return type_of_nearest;
}

}  // namespace

Result<Disk> look_at_disk(const std::filesystem::path& folder) {
    const auto refused = [&folder] {
        return Failure{FailureKind::unavailable,
                       fmt::format("{}: {}", folder.string(), std::strerror(errno))};
    };
    std::error_code error;
    const auto whole_path = std::filesystem::canonical(folder, error);
    if (error) return Failure{FailureKind::unavailable, folder.string() + ": " + error.message()};
    const int file = open(whole_path.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return refused();
    rehearsal::LatencyHistogram taken;
    const std::array<char, page_size_bytes> page{};
    bool is_written = true;
    for (int i = 0; i < tries && is_written; ++i) {
        const auto begun_at = std::chrono::steady_clock::now();
        is_written = write(file, page.data(), page.size()) == ssize_t{page_size_bytes} &&
                     fdatasync(file) == 0;
        taken.record(std::chrono::steady_clock::now() - begun_at);
    }
    const auto written = is_written ? Result<void>() : Result<void>(refused());
    close(file);
    if (!written) return written.failure();
    const std::string type = file_system_of(whole_path);
    return Disk{.file_system = type,
                .is_in_memory = type == "tmpfs" || type == "ramfs",
                .page_sync = taken.percentile(50)};
}

}  // namespace dibs::bench
