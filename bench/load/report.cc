#include "load/report.h"

#include <fmt/format.h>
#include <stdlib.h>  // getloadavg is no part of the C++ library.
#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "load/chart.h"
#include "load/results_file.h"
#include "load/results_table.h"
#include "load/whole_file.h"
#include "rehearsal/text_table.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

Result<void> write_whole(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    if (file.flush().good()) return {};
    return Failure{FailureKind::unavailable, path.string() + " can't be written"};
}

std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) {
            return line.substr(colon + 2);
        }
    }
    return "unknown";
}

Result<std::vector<MeasuredGoal>> read_all(const std::filesystem::path& folder) {
    std::vector<MeasuredGoal> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".json") continue;
        auto measured = read_results(read_whole(entry.path()));
        if (!measured) {
            return Failure{measured.failure().kind,
                           entry.path().string() + ": " + measured.failure().what};
        }
        std::ranges::move(*measured, std::back_inserter(all));
    }
    return all;
}

/// What the file has, with what was measured now in place of the same goals.
Result<void> write_results(const std::filesystem::path& path, std::vector<MeasuredGoal> measured) {
    if (std::filesystem::exists(path)) {
        auto before = read_results(read_whole(path));
        if (!before) return before.failure();
        std::ranges::move(*before, std::back_inserter(measured));
    }
    return write_whole(path, results_as_json(newest_of_each(std::move(measured))));
}

}  // namespace

Occasion describe_occasion(const Form& form, const Disk& disk, std::string commit) {
    using Microseconds = std::chrono::duration<double, std::micro>;
    utsname system{};
    uname(&system);
    double load = 0;
    getloadavg(&load, 1);
    const base::Instant now = base::SystemClock().now();
    return {.measured_at = base::to_rfc3339(now),
            .commit = std::move(commit),
            .rounds = form.rounds,
            .seconds_per_round = std::chrono::duration<double>(form.duration).count(),
            .processor = processor_name(),
            .cores = std::thread::hardware_concurrency(),
            .kernel = system.release,
            .file_system = disk.file_system,
            .page_sync_microseconds = Microseconds(disk.page_sync).count(),
            .load_before = load};
}

std::string report_as_text(const MeasuredGoal& measured) {
    using Side = rehearsal::TextTable::Side;
    rehearsal::TextTable table({Side::left, Side::right, Side::left, Side::left, Side::left});
    for (const Figure& figure : measured.result.figures) {
        const bool is_met = !figure.target || figure.target->is_met_by(figure.median());
        table.add({figure.name, to_text(figure.median()), figure.unit,
                   fmt::format("({} to {})", to_text(figure.least()), to_text(figure.most())),
                   !figure.target ? ""
                   : is_met       ? "met: " + to_text(*figure.target)
                                  : "FALLS SHORT: " + to_text(*figure.target)});
    }
    std::string out = fmt::format("{}: {}\n", measured.id, measured.what);
    for (const std::string& line : table.lines()) out += line;
    for (const std::string& note : measured.result.notes) out += "  " + note + "\n";
    return out;
}

Result<void> keep_results(const std::filesystem::path& folder,
                          const std::vector<MeasuredGoal>& measured) {
    if (measured.empty()) return {};
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const Occasion& at = measured.front().occasion;
    const auto json_path = folder / fmt::format("{}-{}.json", at.date(), at.commit);
    if (auto written = write_results(json_path, measured); !written) return written;
    auto all = read_all(folder);
    if (!all) return all.failure();
    const std::vector<MeasuredGoal> newest = newest_of_each(*std::move(all));
    for (const MeasuredGoal& one : newest) {
        auto drawn = write_whole(folder / chart_file_of(one), chart_of(one));
        if (!drawn) return drawn;
    }
    const auto page_path = folder / "README.md";
    return write_whole(page_path, with_results(read_whole(page_path), results_as_markdown(newest)));
}

}  // namespace dibs::bench
