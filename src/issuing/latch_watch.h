#pragma once

#include <memory>

#include "base/guarded.h"
#include "base/named_thread.h"
#include "issuing/pause.h"
#include "issuing/sold_out_latch.h"
#include "repository/store.h"

namespace dibs::issuing {

/// Opens the latch where another process has added to a stock: a thread that looks whether the
/// streams of the closed coupons stand still.
///
/// Within a second of another process's restock everybody is let through. As long as the store
/// can't be asked nothing is closed at all.
class LatchWatch {
public:
    /// `latch` and `pause` must outlive it; `stop` ends the pause. Without a `streams` there is
    /// nobody else who writes, and no thread.
    LatchWatch(SoldOutLatch& latch, std::unique_ptr<repository::StreamWatch> streams, Pause& pause);
    ~LatchWatch() { stop(); }

    /// Starts the thread, which looks again and again.
    void start();

    /// Looks once, on the calling thread, and lets time pass after a look that failed. Blocks for
    /// as long as that takes. False if it was stopped; must not be called where nobody else writes.
    /// One thread at a time.
    [[nodiscard]] bool look();

    /// Ends it after the look that is under way, and waits for that: as long as one may take, and
    /// no longer. Calling again does nothing.
    void stop();

private:
    SoldOutLatch& latch_;
    std::unique_ptr<repository::StreamWatch> streams_;
    Pause& pause_;
    base::Guarded<bool> is_stopping_{false};
    // Of the one thread that looks.
    Backoff backoff_;
    bool is_blind_ = false;  ///< The last look failed.
    base::NamedThread thread_;
};

}  // namespace dibs::issuing
