#include "load/processor_times.h"

#include <fmt/format.h>

#include <cstdint>
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

}  // namespace

ProcessorTimes read_processor_times(pid_t process) {
    ProcessorTimes times;
    std::error_code error;
    const std::filesystem::path tasks = fmt::format("/proc/{}/task", process);
    for (const auto& task : std::filesystem::directory_iterator(tasks, error)) {
        std::ifstream name_file(task.path() / "comm");
        std::ifstream time_file(task.path() / "schedstat");
        std::string name;
        std::int64_t on_processor = 0;  // The first of its three numbers, in nanoseconds (proc(5)).
        if (!std::getline(name_file, name) || !(time_file >> on_processor)) continue;
        times[name_without_number(name)] += nanoseconds(on_processor);
    }
    return times;
}

ProcessorTimes spent_between(const ProcessorTimes& before, const ProcessorTimes& after) {
    ProcessorTimes spent;
    for (const auto& [name, time] : after) {
        const auto earlier = before.find(name);
        spent[name] = time - (earlier == before.end() ? nanoseconds(0) : earlier->second);
    }
    return spent;
}

nanoseconds total(const ProcessorTimes& times) {
    nanoseconds sum{0};
    for (const auto& [name, time] : times) sum += time;
    return sum;
}

}  // namespace dibs::bench
