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

    /// Starts the thread: `begin`, and then `look` after each patience.
    void start();

    /// Goes on with a run that was cut off, and makes up for a time that was missed. Once, before
    /// the first look. Blocks for as long as the fold takes, as `look` does. One thread at a time.
    void begin();

    /// Folds what there is to fold by now. `is_requested`: whether somebody asked for a run since
    /// the last look.
    void look(bool is_requested);

    /// How long nothing need be looked at, unless somebody asks for a run.
    [[nodiscard]] std::chrono::milliseconds patience() const;

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
    // Of the one thread that looks.
    base::Instant last_look_{};
    base::Instant due_at_{};  ///< The next time of day after the last look.
    bool is_behind_ = false;  ///< What was to be folded is not.
    base::NamedThread thread_;
};

}  // namespace dibs::scheduler
