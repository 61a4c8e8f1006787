#include "load/in_turn.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace dibs::bench {

using base::Result;

namespace {

using std::chrono::nanoseconds;

// choice: what is below a hundredth of a microsecond per request explains nothing.
constexpr double least_cost_microseconds = 0.01;

double microseconds_each(nanoseconds time, std::uint64_t count) {
    return std::chrono::duration<double, std::micro>(time).count() / static_cast<double>(count);
}

/// A part of a thread's time, for each request that was answered.
double microseconds_each(const CrowdRun& run, const std::string& thread,
                         nanoseconds ThreadTime::*part) {
    const auto time = run.service.find(thread);
    return time == run.service.end() ? 0.0 : microseconds_each(time->second.*part, run.answered);
}

}  // namespace

Result<TwoSides> run_in_turn(const Form& form, std::size_t connections, const OneRun& above,
                             const OneRun& below) {
    TwoSides sides;
    auto done = run_all_in_turn(form, connections, {{above, &sides.above}, {below, &sides.below}});
    if (!done) return done.failure();
    return sides;
}

Result<void> run_all_in_turn(const Form& form, std::size_t connections,
                             const std::vector<CountedSide>& sides) {
    const CrowdSize size{.connections = connections, .duration = form.duration};
    const CrowdSize warm_up{.connections = connections, .duration = warm_up_of(form)};
    for (const CountedSide& side : sides) {
        if (auto run = side.run(warm_up); !run) return run.failure();
    }
    for (std::size_t round = 0; round < form.rounds; ++round) {
        for (const CountedSide& side : sides) {
            auto run = side.run(size);
            if (!run) return run.failure();
            side.runs->push_back(*std::move(run));
        }
    }
    return {};
}

Figure figure_of(std::string name, std::string unit, const std::vector<CrowdRun>& runs,
                 const std::function<double(const CrowdRun&)>& value) {
    Figure figure{.name = std::move(name), .unit = std::move(unit), .rounds = {}};
    std::ranges::transform(runs, std::back_inserter(figure.rounds), value);
    return figure;
}

double p50_milliseconds(const CrowdRun& run) {
    return std::chrono::duration<double, std::milli>(run.p50).count();
}

double p99_milliseconds(const CrowdRun& run) {
    return std::chrono::duration<double, std::milli>(run.p99).count();
}

double p999_milliseconds(const CrowdRun& run) {
    return std::chrono::duration<double, std::milli>(run.p999).count();
}

Figure rate_of(std::string name, const std::vector<CrowdRun>& runs) {
    return figure_of(std::move(name), "1/s", runs,
                     [](const CrowdRun& run) { return run.per_second; });
}

Figure ratio_of(std::string name, const TwoSides& sides) {
    return {.name = std::move(name),
            .unit = "",
            .rounds = ratios(rate_of({}, sides.above).rounds, rate_of({}, sides.below).rounds)};
}

Figure ratio_of(std::string name, const TwoSides& sides, const Target& target) {
    Figure ratio = ratio_of(std::move(name), sides);
    ratio.target = target;
    return ratio;
}

std::vector<Figure> costs_of(const std::string& what, const std::vector<CrowdRun>& runs) {
    std::set<std::string> threads;
    for (const CrowdRun& run : runs) {
        for (const auto& [thread, time] : run.service) threads.insert(thread);
    }
    std::vector<Figure> costs;
    const auto add = [&](std::string name, const std::string& thread,
                         nanoseconds ThreadTime::*part) {
        Figure cost = figure_of(
            fmt::format("{}: {}", what, name), "µs", runs,
            [&thread, part](const CrowdRun& run) { return microseconds_each(run, thread, part); });
        if (cost.median() >= least_cost_microseconds) costs.push_back(std::move(cost));
    };
    for (const std::string& thread : threads) {
        add(fmt::format("processor time of `{}`", thread), thread, &ThreadTime::running);
    }
    add("wait of `committer` for a processor", "committer", &ThreadTime::waiting);
    costs.push_back(figure_of(
        fmt::format("{}: processor time of the generator", what), "µs", runs,
        [](const CrowdRun& run) { return microseconds_each(run.generator, run.answered); }));
    return costs;
}

std::vector<Figure> counts_of(const std::string& what, const std::vector<CrowdRun>& runs) {
    const auto each = [&](std::string_view name,
                          const std::function<double(const CrowdRun&)>& count) {
        return figure_of(fmt::format("{}: {}", what, name), "", runs, [&](const CrowdRun& run) {
            return count(run) / static_cast<double>(run.answered);
        });
    };
    const auto calls = [](std::uint64_t CallCounts::*count) {
        return
            [count](const CrowdRun& run) { return static_cast<double>(run.counts.calls.*count); };
    };
    std::vector<Figure> counts = {
        each("statements", [](const CrowdRun& run) { return run.counts.statements; }),
        each("switches of the service's threads", [](const CrowdRun& run) {
            std::uint64_t switches = 0;
            for (const auto& [thread, time] : run.service) switches += time.switches;
            return static_cast<double>(switches);
        })};
    // Of what nobody counted nothing is said.
    for (Figure& figure : std::vector{each("syncs", calls(&CallCounts::syncs)),
                                      each("system calls", calls(&CallCounts::system_calls)),
                                      each("allocations", calls(&CallCounts::allocations))}) {
        if (figure.most() > 0) counts.push_back(std::move(figure));
    }
    return counts;
}

void append(std::vector<Figure>& figures, std::vector<Figure> more) {
    std::move(more.begin(), more.end(), std::back_inserter(figures));
}

}  // namespace dibs::bench
