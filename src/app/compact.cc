#include <fmt/format.h>

#include <string>

#include "app/commands.h"
#include "app/complaint.h"
#include "app/plural.h"
#include "base/clock.h"
#include "base/log.h"
#include "metrics/registry.h"
#include "repository/store.h"
#include "scheduler/daily_time.h"
#include "service/compaction_service.h"

namespace dibs::app {

namespace {

/// Where another process folds, what it does is told by the operators' API of whichever runs.
base::Failure say_where_to_look(const base::Failure& failure,
                                repository::CompactionRepository& compactions) {
    if (failure.kind != base::FailureKind::conflict) return failure;
    const auto under_way = compactions.find_unfinished();
    const std::string run =
        under_way && *under_way ? fmt::format("/{}", (*under_way)->run) : std::string();
    return {failure.kind,
            fmt::format("{}; GET /admin/v1/compactions{} tells how it goes", failure.what, run)};
}

}  // namespace

ExitCode compact(const CompactCommand& command) {
    base::log::write_to_standard_error();
    base::log::set_level(base::log::Level::warning);
    const base::SystemClock clock;
    if (command.until && *command.until > clock.now()) {
        return complain({base::FailureKind::invalid, "--until: expected a time that has passed"});
    }
    const auto daily = scheduler::DailyTime::open(std::chrono::minutes(0), command.time_zone);
    if (!daily) return complain(daily.failure());
    const auto store = repository::open_store(command.store, {.role = "compact", .call_at = {}},
                                              {.may_be_made = false,
                                               .allows_fsync_off = command.allow_fsync_off,
                                               .fills_listings = false});
    if (!store) return complain(store.failure());

    metrics::Registry registry;
    service::NoRest no_rest;
    service::CompactionService compactions(
        (*store)->compactions(), clock,
        [&](base::Instant now) {
            return daily->start_of_day(now, std::chrono::days(command.keep_days));
        },
        {.runs_finished = registry.counter("finished", ""),
         .runs_failed = registry.counter("failed", ""),
         .events_folded = registry.counter("events", ""),
         .step_duration = registry.histogram("step", "", metrics::duration_bounds())},
        command.step, no_rest);
    const base::Instant until = command.until.value_or(compactions.period_end());
    const auto run = compactions.run(until, repository::CompactionTrigger::command);
    if (!run) return complain(say_where_to_look(run.failure(), (*store)->compactions()));
    fmt::print("Run {}: {} event{} created before {} {} folded into {} in {} step{}.\n", run->run,
               run->events_in, plural_of(run->events_in), base::to_rfc3339(run->until),
               run->events_in == 1 ? "was" : "were", run->events_out, run->steps,
               plural_of(run->steps));
    return ExitCode::done;
}

}  // namespace dibs::app
