#include "load/own_effort.h"

#include <sys/resource.h>

#include <fstream>
#include <string>

namespace dibs::bench {

namespace {

std::chrono::nanoseconds duration_of(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

OwnEffort read_own_effort() {
    OwnEffort effort;
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        effort.processor = duration_of(usage.ru_utime) + duration_of(usage.ru_stime);
    }
    std::ifstream file("/proc/self/io");
    std::string name;
    for (std::uint64_t value = 0; file >> name >> value;) {
        if (name == "write_bytes:") effort.written_bytes = value;
    }
    return effort;
}

}  // namespace dibs::bench
