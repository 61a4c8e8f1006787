#include "scheduler/coupon_inventory_scheduler.h"

#include "base/log.h"

namespace dibs::scheduler {

using base::Instant;
using repository::CompactionTrigger;

namespace {

// choice: how long a clock that was set goes unnoticed. Waiting until the due moment itself would
// miss it.
constexpr std::chrono::milliseconds look_interval{1'000};

// choice: a store that fails is asked again soon, but not at once; and whoever left a run to
// another process takes it over soon after that one's lead has run out.
constexpr std::chrono::milliseconds retry_interval{10'000};

void log_failure(const base::Failure& failure) {
    // That another process folds is no failing, and the service has said so.
    if (failure.kind == base::FailureKind::conflict) return;
    if (failure.kind == base::FailureKind::stopping) return;
    base::log::error("compaction-failed",
                     {{"failure", name_of(failure.kind)}, {"why", failure.what}});
}

}  // namespace

CouponInventoryScheduler::CouponInventoryScheduler(service::CompactionService& compactions,
                                                   const DailyTime& daily, const base::Clock& clock)
    : compactions_(compactions), daily_(daily), clock_(clock) {}

void CouponInventoryScheduler::start() {
    thread_ = base::NamedThread("scheduler", [this] { run(); });
}

void CouponInventoryScheduler::stop() {
    compactions_.stop();
    thread_.join();
}

void CouponInventoryScheduler::run() {
    begin();
    while (!compactions_.is_stopping()) {
        const bool is_requested = compactions_.wait_for_request(patience());
        if (compactions_.is_stopping()) return;
        look(is_requested);
    }
}

void CouponInventoryScheduler::begin() {
    // Before anything is folded: today's time may come while that is under way.
    last_look_ = clock_.now();
    due_at_ = daily_.next_after(last_look_);
    is_behind_ = !(finish_requested() && catch_up());
}

void CouponInventoryScheduler::look(bool is_requested) {
    if (is_requested || is_behind_) is_behind_ = !(finish_requested() && catch_up());

    const Instant now = clock_.now();
    if (now >= due_at_) is_behind_ = !fold_the_day(now) || is_behind_;
    // Set back, the clock comes to today's time once more; folding what is folded does nothing.
    if (now >= due_at_ || now < last_look_) due_at_ = daily_.next_after(now);
    last_look_ = now;
}

std::chrono::milliseconds CouponInventoryScheduler::patience() const {
    return is_behind_ ? retry_interval : look_interval;
}

bool CouponInventoryScheduler::catch_up() {
    const Instant missed = daily_.last_before(clock_.now());
    const auto is_due = compactions_.is_behind(missed);
    if (!is_due) log_failure(is_due.failure());
    return is_due && (!*is_due || fold(CompactionTrigger::catch_up));
}

bool CouponInventoryScheduler::finish_requested() {
    const auto finished = compactions_.finish_unfinished();
    if (!finished) log_failure(finished.failure());
    return finished.is_ok();
}

// The time comes to every process over the store; whoever is later finds nothing to do. One that is
// asked while the other folds is turned away, and looks again.
bool CouponInventoryScheduler::fold_the_day(Instant now) {
    const auto is_folded = compactions_.is_folded(now);
    if (!is_folded) log_failure(is_folded.failure());
    return is_folded && (*is_folded || fold(CompactionTrigger::scheduler));
}

bool CouponInventoryScheduler::fold(CompactionTrigger trigger) {
    const auto folded = compactions_.run(compactions_.period_end(), trigger);
    if (!folded) log_failure(folded.failure());
    return folded.is_ok();
}

}  // namespace dibs::scheduler
