#include "micro/store_engines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "load/filled_store.h"
#include "load/own_effort.h"
#include "load/shop.h"
#include "rehearsal/latency_histogram.h"
#include "rivals/engine.h"
#include "rivals/engine_sale.h"

// Each run has a store of its own: a new one, or a copy of one that was filled before. The stores
// take turns in each round, as does whatever the machine does beside them. What a store puts off
// until nobody waits is not in its rate, but in its processor time, in what it writes, and in how
// long it takes to settle.

namespace dibs::bench {

using base::Result;
using std::chrono::nanoseconds;

namespace {

// SQLite without its guards comes between: what RocksDB does not do is told from what it does
// better.
const std::array<const Engine*, 3> all_engines{&sqlite_engine, &unguarded_sqlite_engine,
                                               &rocksdb_engine};
constexpr std::array<std::size_t, 2> engine_group_sizes{256, 32};  // The goal's.

// choice: a quarter of what our store lets its log grow to, so that nothing is copied meanwhile.
constexpr double left_log_bytes = 32 * 1024 * 1024;
constexpr double left_log_in_short = 1024 * 1024;

double seconds_of(nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

/// What a store came to in one run. Where nothing else is said, for each issue.
struct EngineRun {
    double per_second = 0;
    rehearsal::LatencyHistogram groups = {};  ///< Each with the housekeeping behind it.
    double processor_microseconds = 0;        ///< Of the whole process.
    double rows_bytes = 0;                    ///< On the disk, once all is settled.
    double written_bytes = 0;                 ///< Handed to the disk, from opening to closing.
    double settling_seconds = 0;              ///< Of the run.
};

/// What is there before a run; and how it runs.
struct EngineCase {
    const std::filesystem::path* filled = nullptr;  ///< A folder to be copied; null: a new store.
    std::int64_t issued_before = 0;
    std::size_t group_size = 0;
};

/// Opens a store, sells, lets it settle and closes it; how many were issued.
Result<std::int64_t> sell_and_settle(const Form& form, const Engine& engine,
                                     const std::filesystem::path& folder, std::size_t group_size,
                                     EngineRun& run) {
    auto store = engine.open(folder);
    if (!store) return store.failure();
    auto sale = EngineSale::open(**store, group_size);
    if (!sale) return sale.failure();
    rehearsal::LatencyHistogram warm_up;
    if (auto warm = sale->sell_for(form.duration / 10, warm_up); !warm) return warm.failure();
    const auto taken = sale->sell_for(form.duration, run.groups);
    if (!taken) return taken.failure();
    run.per_second = static_cast<double>(run.groups.count() * group_size) / seconds_of(*taken);
    const base::SystemClock clock;
    const auto settling_since = clock.steady_now();
    if (auto settled = (*store)->settle(); !settled) return settled.failure();
    store->reset();
    run.settling_seconds = seconds_of(clock.steady_now() - settling_since);
    return sale->issued();
}

Result<EngineRun> run_engine(const Workshop& workshop, const Engine& engine, const EngineCase& at) {
    const auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    if (at.filled != nullptr) {
        if (auto copied = copy_store(*at.filled, folder->path()); !copied) return copied.failure();
    }
    const double bytes_before = bytes_of_files(folder->path(), engine.rows_in);
    const OwnEffort before = read_own_effort();
    EngineRun run;
    const auto issued = sell_and_settle(workshop.form, engine, folder->path(), at.group_size, run);
    if (!issued) return issued.failure();
    const OwnEffort after = read_own_effort();
    const auto each = [issues = static_cast<double>(*issued)](double all) { return all / issues; };
    run.processor_microseconds = each(seconds_of(after.processor - before.processor) * 1e6);
    run.written_bytes = each(static_cast<double>(after.written_bytes - before.written_bytes));
    run.rows_bytes = each(bytes_of_files(folder->path(), engine.rows_in) - bytes_before);
    auto right = audit_engine(engine, folder->path(), at.issued_before + *issued);
    if (!right) return right.failure();
    return run;
}

/// How long a store takes to open again as it lies there while somebody sells: on a copy of its
/// files at a moment when nobody writes, which is what a machine would find that stopped then. Its
/// log is as long as `log_bytes`. In seconds. Fails: as a run does.
Result<double> open_again(const Workshop& workshop, const Engine& engine, const EngineCase& at,
                          double log_bytes) {
    const auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    if (auto copied = copy_store(*at.filled, folder->path()); !copied) return copied.failure();
    const auto left = TemporaryFolder::make(workshop.folder);
    if (!left) return left.failure();
    std::int64_t issued = at.issued_before;
    {
        const auto store = engine.open(folder->path());
        if (!store) return store.failure();
        auto sale = EngineSale::open(**store, at.group_size);
        if (!sale) return sale.failure();
        while (bytes_of_files(folder->path(), engine.log_in) < log_bytes) {
            if (auto sold = sale->sell_group(); !sold) return sold.failure();
        }
        if (auto still = (*store)->hold_still(); !still) return still.failure();
        if (auto copied = copy_store(folder->path(), left->path()); !copied) {
            return copied.failure();
        }
        issued += sale->issued();
    }
    const base::SystemClock clock;
    const auto opening_since = clock.steady_now();
    {
        const auto store = engine.open(left->path());
        if (!store) return store.failure();
    }
    const double seconds = seconds_of(clock.steady_now() - opening_since);
    if (auto right = audit_engine(engine, left->path(), issued); !right) return right.failure();
    return seconds;
}

/// The runs of each engine, by its name.
using EngineRuns = std::map<std::string_view, std::vector<EngineRun>>;

using FiguresByEngine = std::map<std::string_view, std::vector<double>>;

/// One kind of run, and what it is called.
struct NamedCase {
    std::string name;
    bool is_filled = false;
    std::size_t group_size = 0;
    EngineRuns runs = {};
};

std::vector<NamedCase> all_cases(std::int64_t issued_before) {
    std::vector<NamedCase> cases;
    for (const bool is_filled : {false, true}) {
        for (const std::size_t size : engine_group_sizes) {
            cases.push_back({.name = is_filled
                                         ? fmt::format("groups of {}, {} before", size,
                                                       to_text(static_cast<double>(issued_before)))
                                         : fmt::format("groups of {}, empty at first", size),
                             .is_filled = is_filled,
                             .group_size = size});
        }
    }
    return cases;
}

Figure engine_figure(std::string name, std::string unit, const std::vector<EngineRun>& runs,
                     const std::function<double(const EngineRun&)>& value) {
    Figure figure{.name = std::move(name), .unit = std::move(unit), .rounds = {}};
    std::ranges::transform(runs, std::back_inserter(figure.rounds), value);
    return figure;
}

std::vector<double> rates_of(const std::vector<EngineRun>& runs) {
    return engine_figure({}, {}, runs, [](const EngineRun& run) { return run.per_second; }).rounds;
}

void add_engine_figures(std::vector<Figure>& figures, const NamedCase& at, const Engine& engine) {
    const std::vector<EngineRun>& runs = at.runs.at(engine.name);
    const auto add = [&](std::string_view of, std::string unit,
                         const std::function<double(const EngineRun&)>& value) {
        figures.push_back(engine_figure(fmt::format("{}, {}: {}", engine.name, at.name, of),
                                        std::move(unit), runs, value));
    };
    add("issues", "1/s", [](const EngineRun& run) { return run.per_second; });
    for (const auto& [name, percent] : {std::pair("p50", 50.0), std::pair("p99", 99.0),
                                        std::pair("p99.9", 99.9), std::pair("longest", 100.0)}) {
        add(fmt::format("a group, {}", name), "ms", [percent](const EngineRun& run) {
            return seconds_of(run.groups.percentile(percent)) * 1e3;
        });
    }
    add("processor time of an issue", "µs",
        [](const EngineRun& run) { return run.processor_microseconds; });
    add("written for an issue", "bytes", [](const EngineRun& run) { return run.written_bytes; });
    add("an issue on the disk", "bytes", [](const EngineRun& run) { return run.rows_bytes; });
    add("settling afterwards", "s", [](const EngineRun& run) { return run.settling_seconds; });
}

std::vector<Figure> figures_of_engines(const std::vector<NamedCase>& cases,
                                       const FiguresByEngine& opening) {
    std::vector<Figure> figures;
    for (const Engine* const below : {&sqlite_engine, &unguarded_sqlite_engine}) {
        for (const NamedCase& at : cases) {
            figures.push_back(
                {.name = fmt::format("{} ÷ {}: {}", rocksdb_engine.name, below->name, at.name),
                 .unit = "",
                 .rounds = ratios(rates_of(at.runs.at(rocksdb_engine.name)),
                                  rates_of(at.runs.at(below->name)))});
        }
    }
    for (const NamedCase& at : cases) {
        for (const Engine* const engine : all_engines) add_engine_figures(figures, at, *engine);
    }
    for (const auto& [name, seconds] : opening) {
        figures.push_back({.name = fmt::format("{}: opening after a stop", name),
                           .unit = "s",
                           .rounds = seconds});
    }
    return figures;
}

/// A filled store of each engine, from which the runs' are copied.
using FilledEngines = std::map<std::string_view, TemporaryFolder>;

Result<FilledEngines> fill_engines(const Workshop& workshop, std::int64_t issued_before) {
    const auto filled = fill_store(workshop, {.issues = issued_before});
    if (!filled) return filled.failure();
    FilledEngines engines;
    for (const Engine* const engine : all_engines) {
        auto folder = TemporaryFolder::make(workshop.folder);
        if (!folder) return folder.failure();
        auto taken = engine->take_in(folder->path(), filled->folder.path() / "dibs.db");
        if (!taken) return taken.failure();
        engines.emplace(engine->name, *std::move(folder));
    }
    return engines;
}

/// One run of each engine. Fails: as a run does.
Result<void> run_case(const Workshop& workshop, const FilledEngines& filled,
                      std::int64_t issued_before, NamedCase& at) {
    for (const Engine* const engine : all_engines) {
        auto run = run_engine(workshop, *engine,
                              {.filled = at.is_filled ? &filled.at(engine->name).path() : nullptr,
                               .issued_before = at.is_filled ? issued_before : 0,
                               .group_size = at.group_size});
        if (!run) return run.failure();
        at.runs[engine->name].push_back(*std::move(run));
    }
    return {};
}

}  // namespace

Result<GoalResult> measure_store_engines(const Workshop& workshop) {
    const std::int64_t issued_before = workshop.form.event_count;
    const auto filled = fill_engines(workshop, issued_before);
    if (!filled) return filled.failure();
    std::vector<NamedCase> cases = all_cases(issued_before);
    FiguresByEngine opening;
    const double log_bytes = workshop.form.is_short ? left_log_in_short : left_log_bytes;
    for (std::size_t round = 0; round < workshop.form.rounds; ++round) {
        for (const Engine* const engine : all_engines) {
            const EngineCase at{.filled = &filled->at(engine->name).path(),
                                .issued_before = issued_before,
                                .group_size = engine_group_sizes.front()};
            const auto seconds = open_again(workshop, *engine, at, log_bytes);
            if (!seconds) return seconds.failure();
            opening[engine->name].push_back(*seconds);
        }
        for (NamedCase& at : cases) {
            if (auto done = run_case(workshop, *filled, issued_before, at); !done) {
                return done.failure();
            }
        }
    }
    GoalResult result;
    result.figures = figures_of_engines(cases, opening);
    result.notes.emplace_back(
        "Each run has a store of its own, new or a copy of one that was filled before; the stores "
        "take turns. All of them write the same three rows of new users, decided by the same code, "
        "with one sync of the log for a group, and are closed, opened again and audited by the "
        "rules of `dibs verify`. Both copy and compact in threads of their own, on the "
        "other core; a group's time is with what they make it wait. Processor "
        "time and what was written are the whole process's from opening to closing, with the "
        "making of the requests and with what was put off. RocksDB keeps no guards: nothing there "
        "refuses a row that is wrong; and a run of seconds sees little of what it compacts in "
        "days. Its rows are compressed on the disk (LZ4), SQLite's are "
        "not.");
    result.notes.push_back(fmt::format(
        "Opened after a stop is a copy of the files as they were while nobody wrote, with {} bytes "
        "of log behind the rows that were there before.",
        to_text(log_bytes)));
    return result;
}

}  // namespace dibs::bench
