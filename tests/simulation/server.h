#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "simulation/conductor.h"
#include "simulation/faults.h"
#include "simulation/rows.h"

namespace dibs::simulation {

/// What a session can have to itself: a coupon's stream, by the coupon's id, or one of these.
using Lock = std::int64_t;
inline constexpr Lock writer_lock = 0;  ///< Where there is one writer for all coupons.
inline constexpr Lock fold_lock = -1;   ///< The record of the fold that is under way.

/// The database behind all nodes: rows, locks, and what goes wrong. It lives through every crash of
/// a node. It knows nothing of the rules but the keys: two events at one place, or two of a user's
/// registrations with one number, it refuses. Sums it takes as they come, so that whoever gets one
/// wrong is found by the auditor.
class Server {
public:
    Server(Conductor& conductor, Random& random, Trace& trace)
        : conductor_(conductor), random_(random), trace_(trace) {}

    [[nodiscard]] StoreRows& rows() { return rows_; }
    [[nodiscard]] FaultRates& faults() { return faults_; }
    [[nodiscard]] Conductor& conductor() { return conductor_; }
    [[nodiscard]] Random& random() { return random_; }
    [[nodiscard]] Trace& trace() { return trace_; }
    [[nodiscard]] Time now() const { return conductor_.now(); }

    /// The way to the server and back: takes some time, and now and then fails. Only from a fibre.
    /// Fails: unavailable.
    [[nodiscard]] base::Result<void> pass(std::string_view call);
    /// The same for somebody who waits no longer than that for the answer. Fails: unavailable.
    [[nodiscard]] base::Result<void> pass_within(std::string_view call, Time longest);

    /// For so long every call fails.
    void fail_for(Time duration) { outage_end_ = conductor_.now() + duration; }

    /// Ends the sessions of a node: their locks go, and whatever they ask for then fails.
    void cut_off(std::string_view node);
    /// Takes their locks away and lets them go on, as if they had never heard of it.
    void steal_locks(std::string_view node);

    /// Whether the watch of a node has been told that a stock was added to, since `heard`.
    [[nodiscard]] std::uint64_t notices() const { return notices_; }
    void give_notice() {
        if (!faults_.happens(random_, faults_.lost_notice)) ++notices_;
    }

    /// When a look for the terms that somebody was issued a coupon under failed.
    [[nodiscard]] const std::vector<Time>& failed_looks() const { return failed_looks_; }
    void note_failed_look() { failed_looks_.push_back(now()); }

private:
    friend class Session;

    Conductor& conductor_;
    Random& random_;
    Trace& trace_;
    StoreRows rows_;
    FaultRates faults_;
    Time outage_end_ = 0;
    std::uint64_t notices_ = 0;
    std::uint64_t last_session_ = 0;
    std::vector<Time> failed_looks_;
    std::unordered_map<Lock, std::uint64_t> locks_;  // Who has it.
    std::vector<class Session*> sessions_;
};

/// One transaction of one node. Destroyed without a commit, it leaves no trace; if it goes because
/// its node has died, the server needs a while to notice, and until then keeps its locks. Belongs
/// to one fibre.
class Session {
public:
    Session(Server& server, std::string node);
    ~Session();

    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Waits until nobody else has it. Fails: conflict (in vain for too long), unavailable.
    [[nodiscard]] base::Result<void> lock(Lock lock);

    /// Does `apply` at one moment, and lets go of every lock: the point of no return. `apply`
    /// writes all or nothing, and may be called when the session is long gone. Fails: in_doubt,
    /// unavailable, conflict, and as `apply`.
    [[nodiscard]] base::Result<void> commit(const std::function<base::Result<void>()>& apply);

private:
    friend class Server;

    [[nodiscard]] base::Result<void> decide_fate() const;
    void leave_to_server(const std::function<base::Result<void>()>& apply);
    void release();

    Server& server_;
    const std::string node_;
    const std::uint64_t number_;
    std::vector<Lock> locks_;
    bool is_cut_off_ = false;
};

}  // namespace dibs::simulation
