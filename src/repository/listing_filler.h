#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "base/guarded.h"
#include "base/named_thread.h"
#include "repository/postgres_listing.h"
#include "repository/shard_map.h"

namespace dibs::repository {

/// Brings what is due into the listings by user, behind the commits: a thread that takes some of
/// what a server's coupons owe, puts it where the users' listings are, and then says that it is
/// there. Any number of processes may fill at once; whoever dies at it leaves what is due, due.
class ListingFiller {
public:
    /// One listing for each server, in the servers' order. All must outlive it.
    explicit ListingFiller(std::vector<PostgresListing*> listings);
    ~ListingFiller() { stop(); }

    /// Starts the thread.
    void start();

    /// Ends it after the portion that is under way, and waits for that. Calling again does nothing.
    void stop();

    /// Says that something may be due. Never blocks.
    void wake();

    /// Fills one portion of what is due at a server; how many rows told of it, 0 if nothing was
    /// due. For the thread, and for tests without it. Fails: unavailable, conflict, in_doubt,
    /// corrupted: it is due still, or again.
    [[nodiscard]] base::Result<std::size_t> fill_from(std::size_t place);

private:
    struct State {
        bool may_be_due = false;
        bool is_stopping = false;
    };

    void run();
    /// Whether there is more than a portion, at any server.
    [[nodiscard]] bool fill_round();
    /// Waits until it is told to stop, or `duration` has passed.
    void rest(std::chrono::milliseconds duration);
    void note(std::size_t place, const base::Result<std::size_t>& filled);
    [[nodiscard]] bool is_stopping() const;

    const ShardMap map_;
    const std::vector<PostgresListing*> listings_;
    base::Guarded<State> state_;
    std::vector<bool> is_failing_;  // Of the thread, which says so once.
    base::NamedThread thread_;
};

}  // namespace dibs::repository
