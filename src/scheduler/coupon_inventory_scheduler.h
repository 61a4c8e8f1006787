#pragma once

#include <chrono>

#include "base/clock.h"
#include "base/named_thread.h"
#include "scheduler/daily_time.h"
#include "service/compaction_service.h"

namespace dibs::scheduler {

/// Folds the inventory once a day at the configured time, and whenever somebody asks for it: one
/// thread and one timer.
///
/// At start it goes on with a run that was cut off, and makes up for a time that passed while
/// nobody was there. A clock that jumps makes it neither skip a day nor fold a thing twice: what is
/// folded is found in the store, the clock only says when to look.
///
/// Beside others over the same store, one of them folds the day and the rest do nothing; each looks
/// until the day is folded, so that the run of one that died is finished by another.
class CouponInventoryScheduler {
public:
    /// All must outlive it. `daily`'s time of day is when, its days are what the period is made of.
    CouponInventoryScheduler(service::CompactionService& compactions, const DailyTime& daily,
                             const base::Clock& clock);
    ~CouponInventoryScheduler() { stop(); }

    /// Starts the thread.
    void start();

    /// Ends it after the step that it is in, and waits for that. Calling again does nothing.
    void stop();

private:
    void run();
    // Each says whether it worked; what did not is tried again.
    [[nodiscard]] bool finish_requested();
    [[nodiscard]] bool catch_up();
    [[nodiscard]] bool fold_the_day(base::Instant now);
    [[nodiscard]] bool fold(repository::CompactionTrigger trigger);

    service::CompactionService& compactions_;
    const DailyTime& daily_;
    const base::Clock& clock_;
    base::NamedThread thread_;
};

}  // namespace dibs::scheduler
