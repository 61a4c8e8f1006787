#include "load/processor_times.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace dibs::bench {

namespace {

using std::chrono::nanoseconds;

/// `http-1` and `http-2` do the same work.
std::string name_without_number(std::string name) {
    const std::size_t end = name.find_last_not_of("-0123456789");
    name.resize(end == std::string::npos ? name.size() : end + 1);
    return name;
}

/// The sum of the two counts in a task's status: those that it asked for, by waiting, and those
/// that it did not (proc(5)).
std::uint64_t switches_of(const std::filesystem::path& task) {
    std::ifstream file(task / "status");
    std::uint64_t sum = 0;
    for (std::string line; std::getline(file, line);) {
        const std::size_t at = line.find("voluntary_ctxt_switches:");
        if (at == std::string::npos) continue;
        sum += std::strtoull(line.c_str() + line.find(':') + 1, nullptr, 10);
    }
    return sum;
}

}  // namespace

ProcessorTimes read_processor_times(pid_t process) {
    ProcessorTimes times;
    std::error_code error;
    const std::filesystem::path tasks = fmt::format("/proc/{}/task", process);
    for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
        std::ifstream name_file(task.path() / "comm");
        std::ifstream time_file(task.path() / "schedstat");
        std::string name;
        // The first two of its three numbers, in nanoseconds (Documentation/scheduler/sched-stats).
        std::int64_t running = 0;
        std::int64_t waiting = 0;
        if (!std::getline(name_file, name) || !(time_file >> running >> waiting)) continue;
        ThreadTime& time = times[name_without_number(name)];
        time.running += nanoseconds(running);
        time.waiting += nanoseconds(waiting);
        time.switches += switches_of(task.path());
    }
    return times;
}

ProcessorTimes spent_between(const ProcessorTimes& before, const ProcessorTimes& after) {
    ProcessorTimes spent = after;
    for (auto& [name, time] : spent) {
        const auto earlier = before.find(name);
        if (earlier == before.end()) continue;
        time.running -= earlier->second.running;
        time.waiting -= earlier->second.waiting;
        time.switches -= earlier->second.switches;
    }
    return spent;
}

}  // namespace dibs::bench
