// dibs_simulation: runs seeds, and says how to run again what went wrong.

#include <unistd.h>
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "base/number.h"
#include "simulation/run.h"

namespace {

using dibs::simulation::FibreStacks;
using dibs::simulation::RunResult;

// What a fibre needs is a few frames of the service and of the simulation.
constexpr std::size_t stack_size_bytes = 128 * 1024;

std::uint64_t seed_under_way = 0;
std::FILE* out = stdout;

/// A promise that the code makes to itself was broken. It has said which; this says where.
void tell_seed(int) {
    fmt::print(out, "\ndibs_simulation --seed {}\n", seed_under_way);
    dibs::simulation::print_last_lines(out);
    std::fflush(out);
    std::_Exit(1);
}

struct Total {
    std::int64_t seeds = 0;
    std::int64_t failed = 0;
    std::int64_t asked = 0;
    std::int64_t folded = 0;
    std::map<std::string, std::int64_t> answers;
    std::uint64_t hash = 0;
};

void tell_failed(const RunResult& result) {
    fmt::print(out, "\ndibs_simulation --seed {}\n", result.seed);
    for (const std::string& line : result.last_lines) fmt::print(out, "  {}\n", line);
    fmt::print(out, "{} findings, the first of them:\n", result.finding_count);
    for (const std::string& finding : result.findings) fmt::print(out, "  {}\n", finding);
    std::fflush(out);
}

void tell_total(const Total& total, std::chrono::duration<double> took) {
    fmt::print(out, "{} seeds, {} failed; {} asked, {} events folded; {:.1f} s; trace {:016x}\n",
               total.seeds, total.failed, total.asked, total.folded, took.count(), total.hash);
    for (const auto& [answer, count] : total.answers) fmt::print(out, "{:>12} {}\n", count, answer);
}

/// `7` or `1..500`; nothing if it is neither.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(const std::string& text) {
    const auto dots = text.find("..");
    const auto first = dibs::base::parse_integer<std::uint64_t>(text.substr(0, dots));
    const auto last = dots == std::string::npos
                          ? first
                          : dibs::base::parse_integer<std::uint64_t>(text.substr(dots + 2));
    if (!first || !last || *last < *first) return std::nullopt;
    return std::pair(*first, *last);
}

/// What the service logs goes nowhere: its lines bear the machine's time.
void silence_log() {
    out = fdopen(dup(STDOUT_FILENO), "w");
    if (out == nullptr || std::freopen("/dev/null", "w", stdout) == nullptr) std::_Exit(2);
}

int run(std::uint64_t first, std::uint64_t last, std::int64_t failures_max, bool has_trace) {
    silence_log();
    std::signal(SIGABRT, tell_seed);
    const FibreStacks stacks(stack_size_bytes);
    const auto begun_at = std::chrono::steady_clock::now();
    Total total;
    for (std::uint64_t seed = first; seed <= last && total.failed < failures_max; ++seed) {
        seed_under_way = seed;
        const RunResult result =
            dibs::simulation::run_seed(seed, stacks, has_trace ? out : nullptr);
        ++total.seeds;
        total.asked += result.asked;
        total.folded += result.folded;
        total.hash = total.hash * 31 + result.trace_hash;
        for (const auto& [answer, count] : result.answers) total.answers[answer] += count;
        if (result.finding_count == 0) continue;
        ++total.failed;
        tell_failed(result);
    }
    tell_total(total, std::chrono::steady_clock::now() - begun_at);
    return total.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Runs the service in one thread of virtual time, over a store that fails.");
    std::string seeds = "1..500";
    bool has_trace = false;
    std::int64_t failures_max = 1;
    app.add_option("--seed,--seeds", seeds, "A seed, or the first and the last: 1..500");
    app.add_flag("--trace", has_trace, "Write what happens, line by line");
    app.add_option("--failures", failures_max, "End after so many seeds that failed");
    CLI11_PARSE(app, argc, argv);
    const auto range = parse_seeds(seeds);
    if (!range) {
        fmt::print(stderr, "dibs_simulation: --seeds {}: expected FIRST..LAST\n", seeds);
        return 2;
    }
    return run(range->first, range->second, failures_max, has_trace);
}
