// Measures the goals of Dibs, one after the other, and says what falls short. `bench/run.sh` starts
// it; as a test it runs each goal's short form, which only asserts what is no noise.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "load/disk.h"
#include "load/goal.h"
#include "load/report.h"
#include "load/run_folder.h"

namespace dibs::bench {

namespace {

using base::Result;

// choice: the goals are about five rounds of five seconds; a spread needs no fewer.
const Form full_form{.rounds = 5,
                     .duration = std::chrono::seconds(5),
                     .is_short = false,
                     .row_counts = {10'000, 1'000'000, 10'000'000},
                     .event_count = 1'000'000,
                     .idle_connections = 10'000,
                     // choice: an hour, which is the goal, is for `--long`.
                     .watch = std::chrono::minutes(1)};
constexpr std::chrono::hours long_watch{1};
// choice: enough for a few groups even under a sanitizer, in a test that takes a second or two.
const Form short_form{.rounds = 1,
                      .duration = std::chrono::milliseconds(500),
                      .is_short = true,
                      .row_counts = {1'000, 10'000},
                      .event_count = 10'000,
                      .idle_connections = 200,
                      .watch = std::chrono::milliseconds(300)};

constexpr int done = 0;
constexpr int failed = 1;
constexpr int wrong_usage = 2;

/// What is wanted, from the command line.
struct Wish {
    Workshop workshop;
    std::vector<std::string> goals;
    std::string results;
    std::string commit = "unknown";
    bool has_floors = true;
};

void complain(const std::string& what) {
    fmt::print(stderr, "dibs_bench: {}\n", what);
}

/// What the command line says of the form.
struct FormWish {
    bool is_short = false;
    bool is_long = false;
    std::size_t rounds = 0;
    double seconds = 0;
    std::vector<std::int64_t> row_counts;
    std::int64_t event_count = 0;
};

Form form_of(const FormWish& wish) {
    Form form = wish.is_short ? short_form : full_form;
    if (wish.is_long) form.watch = long_watch;
    if (wish.rounds > 0) form.rounds = wish.rounds;
    if (wish.seconds > 0) {
        form.duration = std::chrono::milliseconds(static_cast<std::int64_t>(wish.seconds * 1'000));
    }
    if (!wish.row_counts.empty()) form.row_counts = wish.row_counts;
    if (wish.event_count > 0) form.event_count = wish.event_count;
    std::ranges::sort(form.row_counts);
    return form;
}

void add_form_options(CLI::App& app, FormWish& form) {
    app.add_flag("--short", form.is_short, "Only see that everything runs and adds up");
    app.add_flag("--long", form.is_long, "Watch memory for an hour (about 40 GB of disk)");
    app.add_option("--rounds", form.rounds, "How often each side is measured (5)");
    app.add_option("--seconds", form.seconds, "How long each time (5)");
    app.add_option(
           "--rows", form.row_counts,
           "How many issues a store has seen, for P13, P14 and P18 (10000,1000000,10000000)")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--events", form.event_count,
                   "How many events came since the last fold (1000000)");
}

/// The exit code of a command line that leaves nothing to do, or -1.
int read_command_line(int argument_count, const char* const* arguments, Wish& wish) {
    CLI::App app("Measures the goals of Dibs and says what falls short.");
    FormWish form;
    bool has_no_floors = false;
    app.add_option("goals", wish.goals, "Which goals, such as P1; all of them if none is named");
    app.add_option("--dibs", wish.workshop.dibs, "The binary that is measured")->required();
    app.add_option("--count-calls", wish.workshop.count_calls, "The library that counts its calls")
        ->required();
    app.add_option("--rival-service", wish.workshop.rival_service,
                   "The textbook's flow behind the same HTTP server")
        ->required();
    app.add_option("--folder", wish.workshop.folder, "Where stores are made, on a real disk")
        ->required();
    app.add_flag("--no-floors", has_no_floors, "Assert no figure, not even loosely");
    app.add_option("--results", wish.results, "The folder that keeps the results");
    app.add_option("--commit", wish.commit, "What is measured, for the results");
    add_form_options(app, form);
    try {
        app.parse(argument_count, arguments);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? done : wrong_usage;
    }
    wish.has_floors = !has_no_floors;
    wish.workshop.form = form_of(form);
    return -1;
}

/// The goals that are wanted, in the order of the table. Fails: invalid (there is no such goal).
Result<std::vector<Goal>> find_goals(const std::vector<std::string>& wanted) {
    for (const std::string& id : wanted) {
        if (std::ranges::find(all_goals(), id, &Goal::id) != all_goals().end()) continue;
        std::string known;
        for (const Goal& goal : all_goals()) known += fmt::format(" {}", goal.id);
        return base::Failure{base::FailureKind::invalid,
                             fmt::format("no goal is called {}; there are{}", id, known)};
    }
    std::vector<Goal> found;
    for (const Goal& goal : all_goals()) {
        if (wanted.empty() || std::ranges::find(wanted, goal.id) != wanted.end()) {
            found.push_back(goal);
        }
    }
    return found;
}

/// Whether every figure is at least what it must be on any machine.
bool meets_floors(const MeasuredGoal& measured) {
    bool is_met = true;
    for (const Figure& figure : measured.result.figures) {
        if (!figure.target || figure.target->is_floor_met_by(figure.median())) continue;
        complain(fmt::format("{}: {} is {}, which is beyond all noise", measured.id, figure.name,
                             to_text(figure.median())));
        is_met = false;
    }
    return is_met;
}

int measure(const Wish& wish, const std::vector<Goal>& goals, const Disk& disk) {
    std::vector<MeasuredGoal> all;
    bool is_well = true;
    for (const Goal& goal : goals) {
        Occasion occasion = describe_occasion(wish.workshop.form, disk, wish.commit);
        auto result = goal.measure(wish.workshop);
        if (!result) {
            complain(fmt::format("{} has no figures: {}", goal.id, result.failure().what));
            is_well = false;
            continue;
        }
        MeasuredGoal measured{.id = std::string(goal.id),
                              .what = std::string(goal.what),
                              .bound = std::string(goal.bound),
                              .command = fmt::format("bench/run.sh {}", goal.id),
                              .occasion = std::move(occasion),
                              .result = *std::move(result)};
        fmt::print("\n{}", report_as_text(measured));
        std::fflush(stdout);
        if (wish.has_floors && !meets_floors(measured)) is_well = false;
        all.push_back(std::move(measured));
    }
    if (!wish.results.empty()) {
        if (auto kept = keep_results(wish.results, all); !kept) {
            complain(kept.failure().what);
            is_well = false;
        }
    }
    return is_well ? done : failed;
}

int run(int argument_count, const char* const* arguments) {
    base::log::write_to_standard_error();
    Wish wish;
    const int over = read_command_line(argument_count, arguments, wish);
    if (over >= 0) return over;
    const auto goals = find_goals(wish.goals);
    if (!goals) {
        complain(goals.failure().what);
        return wrong_usage;
    }
    const auto folder = RunFolder::make(wish.workshop.folder);
    if (!folder) {
        complain(folder.failure().what);
        return failed;
    }
    wish.workshop.folder = folder->path();
    const auto disk = look_at_disk(wish.workshop.folder);
    if (!disk) {
        complain(disk.failure().what);
        return failed;
    }
    fmt::print(
        "Stores lie on {}; a page and its sync take {} µs. Users are named by the trusted "
        "header, on both sides of a ratio.\n",
        disk->file_system,
        to_text(std::chrono::duration<double, std::micro>(disk->page_sync).count()));
    if (disk->is_in_memory && !wish.workshop.form.is_short) {
        complain("a sync costs nothing in memory: name a --folder on a disk");
        return wrong_usage;
    }
    return measure(wish, *goals, *disk);
}

}  // namespace

}  // namespace dibs::bench

int main(int argument_count, char** arguments) {
    return dibs::bench::run(argument_count, arguments);
}
