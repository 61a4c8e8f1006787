#include "load/disk_rhythm.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "rehearsal/latency_histogram.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

namespace {

// As long as the service's log gets before it is begun anew.
constexpr off_t file_size_max = 128 * 1024 * 1024;

}  // namespace

Result<DiskDelay> keep_rhythm(const std::filesystem::path& folder, const DiskRhythm& rhythm) {
    const auto refused = [&folder] {
        return Failure{FailureKind::unavailable,
                       fmt::format("{}: {}", folder.string(), std::strerror(errno))};
    };
    const int file = open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return refused();
    const std::vector<char> bytes(rhythm.bytes, 'x');
    const nanoseconds period(static_cast<nanoseconds::rep>(std::nano::den / rhythm.per_second));
    rehearsal::LatencyHistogram taken;
    bool is_written = true;
    off_t end = 0;
    const auto begun_at = steady_clock::now();
    for (auto due = begun_at; due < begun_at + rhythm.duration && is_written; due += period) {
        // The time between two writes is what makes the rhythm.
        std::this_thread::sleep_until(due);
        if (end + static_cast<off_t>(bytes.size()) > file_size_max) end = 0;
        is_written = pwrite(file, bytes.data(), bytes.size(), end) == std::ssize(bytes) &&
                     fdatasync(file) == 0;
        end += static_cast<off_t>(bytes.size());
        taken.record(steady_clock::now() - due);
    }
    const auto written = is_written ? Result<void>() : Result<void>(refused());
    close(file);
    if (!written) return written.failure();
    const auto milliseconds = [&taken](double percent) {
        return std::chrono::duration<double, std::milli>(taken.percentile(percent)).count();
    };
    return DiskDelay{.p50_milliseconds = milliseconds(50),
                     .p99_milliseconds = milliseconds(99),
                     .p999_milliseconds = milliseconds(99.9)};
}

}  // namespace dibs::bench
