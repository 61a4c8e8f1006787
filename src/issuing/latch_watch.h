#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/guarded.h"
#include "base/named_thread.h"
#include "issuing/pause.h"
#include "issuing/sold_out_latch.h"
#include "repository/store.h"

namespace dibs::issuing {

/// Opens the latch where another process has added to a stock: a thread for each of the store's
/// servers, which looks whether the streams of the closed coupons stand still.
///
/// Within a second of another process's restock everybody is let through. As long as a server can't
/// be asked none of its coupons is closed at all; the other servers' are.
class LatchWatch {
public:
    /// `latch` and `pause` must outlive it; `stop` ends the pause. `streams`: as
    /// `Store::watch_streams` gives them. Without any there is nobody else who writes, and no
    /// thread.
    LatchWatch(SoldOutLatch& latch, std::vector<std::unique_ptr<repository::StreamWatch>> streams,
               Pause& pause);
    ~LatchWatch() { stop(); }

    /// At how many servers there is something to look at.
    [[nodiscard]] std::size_t size() const { return servers_.size(); }

    /// Starts the threads, which look again and again.
    void start();

    /// Looks once at one of the servers, on the calling thread, and lets time pass after a look
    /// that failed. Blocks for as long as that takes. False if it was stopped. One thread at a time
    /// for each server.
    [[nodiscard]] bool look(std::size_t server);

    /// Ends it after the looks that are under way, and waits for them: as long as one may take, and
    /// no longer. Calling again does nothing.
    void stop();

private:
    struct Server {
        std::unique_ptr<repository::StreamWatch> streams;
        repository::ShardPlace place;
        // Of the one thread that looks.
        Backoff backoff;
        bool is_blind = false;  ///< The last look failed.
        base::NamedThread thread;
    };

    void note_failed_look(Server& server, const base::Failure& failure);

    SoldOutLatch& latch_;
    Pause& pause_;
    base::Guarded<bool> is_stopping_{false};
    std::vector<Server> servers_;
};

}  // namespace dibs::issuing
