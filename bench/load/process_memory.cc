#include "load/process_memory.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

namespace dibs::bench {

namespace {

/// A line `NAME:  123 kB` of a process's status (proc(5)).
double bytes_in_status(pid_t process, std::string_view name) {
    std::ifstream file(fmt::format("/proc/{}/status", process));
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(name) || line.size() <= name.size()) continue;
        return std::strtod(line.c_str() + name.size() + 1, nullptr) * 1024;
    }
    return 0;
}

}  // namespace

double resident_bytes(pid_t process) {
    return bytes_in_status(process, "VmRSS");
}

double peak_resident_bytes(pid_t process) {
    return bytes_in_status(process, "VmHWM");
}

void forget_peak(pid_t process) {
    // 5 sets the peak to what is resident now (proc(5)).
    std::ofstream(fmt::format("/proc/{}/clear_refs", process)) << "5";
}

}  // namespace dibs::bench
