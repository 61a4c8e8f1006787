#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"
#include "repository/compaction_repository.h"
#include "service/fold_rest.h"

namespace dibs::service {

/// What the compaction counts.
struct CompactionMetrics {
    metrics::Counter& runs_finished;
    metrics::Counter& runs_failed;
    metrics::Counter& events_folded;
    metrics::Histogram& step_duration;
};

/// The daily fold: freezes how far each stream is folded, then goes step by step, each one bounded
/// and a transaction of its own, with a rest after it, so that issuing goes on between two of them.
/// Wherever it is stopped or killed, the next call finds what is left and goes on.
///
/// Of several processes over one store, the one that leads a run folds it. The others leave it
/// alone, and take it over when its leader has said nothing for `CompactionRepository::lead_time`.
class CompactionService {
public:
    /// Until when everything is folded, as of a moment: for the daily fold, the start of that day.
    using PeriodEnd = std::function<base::Instant(base::Instant now)>;

    /// All must outlive it. `step_event_max`: the most events that one step folds. `rest`:
    /// what follows on each step, for three seconds at the most.
    CompactionService(repository::CompactionRepository& compactions, const base::Clock& clock,
                      PeriodEnd period_end, CompactionMetrics metrics, std::size_t step_event_max,
                      FoldRest& rest);

    /// Until when a run that starts now folds, unless it is told otherwise.
    [[nodiscard]] base::Instant period_end() const { return period_end_(clock_.now()); }

    /// Asks for a run and returns at once with its record, or with that of the run that is under
    /// way. The fold itself is done by whoever waits in `wait_for_request`. Any thread; blocks for
    /// one commit. Fails: unavailable, in_doubt.
    [[nodiscard]] base::Result<repository::CompactionRun> request(
        base::Instant until, repository::CompactionTrigger trigger);

    /// Blocks until `request` or `stop` was called since the last wait, or `patience` has passed;
    /// whether `request` was.
    [[nodiscard]] bool wait_for_request(std::chrono::milliseconds patience);

    /// Whether there is something to fold that a run at `due_at` would have folded. Fails:
    /// unavailable.
    [[nodiscard]] base::Result<bool> is_behind(base::Instant due_at);

    /// Whether nothing is left of what a run at `due_at` folds because somebody's run has folded
    /// it. Fails: unavailable.
    [[nodiscard]] base::Result<bool> is_folded(base::Instant due_at);

    /// Folds everything created before `until`, and first what an earlier run has left. One thread
    /// at a time. Blocks until it is done or `stop` was called; then the run stays unfinished.
    /// Fails: unavailable, in_doubt, corrupted (nothing is folded over a contradiction), stopping,
    /// conflict (another process leads a run that is under way, and will finish it: nothing is
    /// amiss).
    [[nodiscard]] base::Result<repository::CompactionRun> run(
        base::Instant until, repository::CompactionTrigger trigger);

    /// Finishes the run that is under way; nothing if there is none. Fails: as `run`.
    [[nodiscard]] base::Result<std::optional<repository::CompactionRun>> finish_unfinished();

    [[nodiscard]] base::Result<std::optional<repository::CompactionRun>> find_run(std::int64_t run);
    [[nodiscard]] base::Result<repository::Page<repository::CompactionRun>> list_runs(
        std::int64_t before, std::size_t count_max);

    /// Ends `run` after its current step, every rest and every wait. Any thread.
    void stop();
    [[nodiscard]] bool is_stopping() const { return is_stopping_.load(); }

private:
    [[nodiscard]] base::Result<repository::CompactionRun> fold(
        const repository::CompactionRun& run);
    [[nodiscard]] base::Result<repository::CompactionRun> fold_to_the_end(
        const repository::CompactionRun& run);
    void note_unfinished(std::int64_t run, const base::Failure& failure);
    /// Before each step: fails with stopping or conflict where there must not be another one.
    [[nodiscard]] base::Result<void> may_go_on(std::int64_t run);
    [[nodiscard]] base::Result<void> freeze(const repository::CompactionRun& run);
    /// Folds one portion, and rests. Whether there was something to fold.
    [[nodiscard]] base::Result<bool> fold_step(std::int64_t run);

    repository::CompactionRepository& compactions_;
    const base::Clock& clock_;
    const PeriodEnd period_end_;
    CompactionMetrics metrics_;
    const std::size_t step_event_max_;
    FoldRest& rest_;
    base::Guarded<bool> is_requested_{false};
    std::atomic<bool> is_stopping_ = false;
    // Of the one thread that folds.
    std::optional<base::SteadyInstant> led_at_;  ///< When the lead of this fold's run was taken.
    std::int64_t left_run_ = 0;                  ///< The last run that was left to another.
};

}  // namespace dibs::service
