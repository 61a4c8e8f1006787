#include "service/compaction_service.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"

namespace dibs::service {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using repository::CompactionRun;
using repository::CompactionTrigger;

namespace {

// choice: points written in one transaction; a millisecond of the writer's time.
constexpr std::size_t points_per_step = 1'000;

// choice: three times within the time that a lead lasts, so that neither a slow step nor a machine
// that is held up for a few seconds costs it; and seldom enough to be no part of a step's cost.
constexpr std::chrono::seconds lead_renewal{3};
static_assert(3 * lead_renewal < repository::CompactionRepository::lead_time);

// With the step before it, a rest leaves time to renew the lead; one that outlasted it would hand
// the run to another process.
constexpr auto rest_max = lead_renewal;

}  // namespace

CompactionService::CompactionService(repository::CompactionRepository& compactions,
                                     const base::Clock& clock, PeriodEnd period_end,
                                     CompactionMetrics metrics, std::size_t step_event_max,
                                     FoldRest& rest)
    : compactions_(compactions),
      clock_(clock),
      period_end_(std::move(period_end)),
      metrics_(metrics),
      step_event_max_(step_event_max),
      rest_(rest) {}

Result<CompactionRun> CompactionService::request(Instant until, CompactionTrigger trigger) {
    auto run = compactions_.claim(until, trigger, clock_.now());
    if (!run) return run;
    is_requested_.with([](bool& is_requested) { is_requested = true; });
    is_requested_.notify_all();
    return run;
}

bool CompactionService::wait_for_request(std::chrono::milliseconds patience) {
    return is_requested_.wait_until(
        std::chrono::steady_clock::now() + patience,
        [this](bool is_requested) { return is_requested || is_stopping(); },
        [](bool& is_requested) { return std::exchange(is_requested, false); });
}

Result<bool> CompactionService::is_behind(Instant due_at) {
    const auto points = compactions_.find_points(period_end_(due_at), domain::CouponId{0}, 1);
    if (!points) return points.failure();
    return !points->empty();
}

// Not by the runs' record alone: a clock that was ahead has left runs that reach further than this
// one, and somebody may have written behind them since. Nor by the live events alone: a day on
// which nothing happened has its run, too.
Result<bool> CompactionService::is_folded(Instant due_at) {
    const auto last_until = compactions_.last_until();
    if (!last_until) return last_until.failure();
    if (*last_until != period_end_(due_at)) return false;
    const auto is_left = is_behind(due_at);
    if (!is_left) return is_left.failure();
    return !*is_left;
}

Result<CompactionRun> CompactionService::run(Instant until, CompactionTrigger trigger) {
    auto unfinished = finish_unfinished();
    if (!unfinished) return unfinished.failure();
    const auto claimed = compactions_.claim(until, trigger, clock_.now());
    if (!claimed) return claimed.failure();
    return fold(*claimed);
}

Result<std::optional<CompactionRun>> CompactionService::finish_unfinished() {
    const auto unfinished = compactions_.find_unfinished();
    if (!unfinished) return unfinished.failure();
    if (!*unfinished) return std::optional<CompactionRun>();
    auto finished = fold(**unfinished);
    if (!finished) return finished.failure();
    return std::optional<CompactionRun>(*std::move(finished));
}

Result<std::optional<CompactionRun>> CompactionService::find_run(std::int64_t run) {
    return compactions_.find_run(run);
}

Result<repository::Page<CompactionRun>> CompactionService::list_runs(std::int64_t before,
                                                                     std::size_t count_max) {
    return compactions_.list_runs(before, count_max);
}

void CompactionService::stop() {
    // Under the lock, so that nobody who has just looked goes to sleep over it.
    is_requested_.with([this](bool) { is_stopping_.store(true); });
    is_requested_.notify_all();
    rest_.end();
}

Result<CompactionRun> CompactionService::fold(const CompactionRun& run) {
    const auto begun_at = clock_.steady_now();
    rest_.begin();
    auto finished = fold_to_the_end(run);
    if (!finished) {
        note_unfinished(run.run, finished.failure());
        return finished;
    }
    metrics_.runs_finished.add();
    base::log::info(
        "compacted",
        {{"run", finished->run},
         {"until", base::to_rfc3339(finished->until)},
         {"trigger", name_of(finished->trigger)},
         {"eventsIn", finished->events_in},
         {"eventsOut", finished->events_out},
         {"steps", finished->steps},
         {"seconds", std::chrono::duration<double>(clock_.steady_now() - begun_at).count()}});
    return finished;
}

void CompactionService::note_unfinished(std::int64_t run, const Failure& failure) {
    if (failure.kind == FailureKind::stopping) return;
    if (failure.kind != FailureKind::conflict) return metrics_.runs_failed.add();
    // Asked again and again while the other folds; once is enough to say so.
    if (std::exchange(left_run_, run) == run) return;
    base::log::info("compaction-left-to-another", {{"run", run}, {"why", failure.what}});
}

Result<CompactionRun> CompactionService::fold_to_the_end(const CompactionRun& run) {
    led_at_.reset();
    if (!run.is_frozen) {
        if (auto done = freeze(run); !done) return done.failure();
    }
    while (true) {
        if (auto may = may_go_on(run.run); !may) return may.failure();
        const auto was_more = fold_step(run.run);
        if (!was_more) return was_more.failure();
        if (*was_more) continue;
        if (auto may = may_go_on(run.run); !may) return may.failure();
        return compactions_.finish(run.run, clock_.now());
    }
}

Result<void> CompactionService::may_go_on(std::int64_t run) {
    if (is_stopping()) {
        return Failure{FailureKind::stopping, "the compaction was stopped; the next one goes on"};
    }
    // The moment before the question: by the store's clock the lead lasts from a later one.
    const base::SteadyInstant asked_at = clock_.steady_now();
    if (led_at_ && asked_at - *led_at_ < lead_renewal) return {};
    const auto does_lead = compactions_.lead(run);
    if (!does_lead) return does_lead.failure();
    if (!*does_lead) {
        return Failure{FailureKind::conflict,
                       fmt::format("another process leads compaction {}", run)};
    }
    led_at_ = asked_at;
    return {};
}

// How far each stream is folded is written down before anything is folded. From here on the run
// works on data that does not change, and no longer asks the clock.
Result<void> CompactionService::freeze(const CompactionRun& run) {
    domain::CouponId after;
    while (true) {
        if (auto may = may_go_on(run.run); !may) return may;
        const auto begun_at = clock_.steady_now();
        const auto points = compactions_.find_points(run.until, after, points_per_step);
        if (!points) return points.failure();
        if (points->empty()) break;
        if (auto done = compactions_.add_points(run.run, *points); !done) return done;
        after = points->back().coupon_id;
        rest_.rest_after(clock_.steady_now() - begun_at, rest_max);
    }
    return compactions_.freeze(run.run);
}

Result<bool> CompactionService::fold_step(std::int64_t run) {
    const auto begun_at = clock_.steady_now();
    const auto portion = compactions_.next_portion(run, step_event_max_);
    if (!portion) return portion.failure();
    if (portion->event_count == 0) return false;
    const auto cumulative = portion->events.reduce_to_cumulative();
    if (!cumulative) return cumulative.failure();
    auto replaced = compactions_.replace(run, *cumulative, portion->event_count);
    if (!replaced) return replaced.failure();
    metrics_.events_folded.add(static_cast<std::uint64_t>(portion->event_count));
    const auto step = clock_.steady_now() - begun_at;
    metrics_.step_duration.observe(step);
    rest_.rest_after(step, rest_max);
    return true;
}

}  // namespace dibs::service
