#include "simulation/server.h"

#include <algorithm>
#include <utility>

namespace dibs::simulation {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// choice: microseconds within a data centre, and of one disk.
constexpr Time way_min = 50;
constexpr Time way_max = 600;
constexpr Time sync_max = 2'500;
constexpr Time slow_way_max = 400'000;

// choice: what a client of a database waits for a lock, as `StoreOptions::patience` has it.
constexpr Time lock_patience = 5'000'000;

// choice: when a server notices that a client is gone, and when it comes to what it was left with.
constexpr Time notices_death_max = 2'000'000;
constexpr Time comes_to_it_max = 1'500'000;

}  // namespace

Result<void> Server::pass(std::string_view call) {
    return pass_within(call, Conductor::for_ever);
}

Result<void> Server::pass_within(std::string_view call, Time longest) {
    const Time way = faults_.happens(random_, faults_.slow) ? random_.between(way_max, slow_way_max)
                                                            : random_.between(way_min, way_max);
    conductor_.sleep(std::min(way, longest));
    if (way > longest) {
        trace_.note(now(), "no answer in time: {}", call);
        return Failure{FailureKind::unavailable, "simulated: no answer in time"};
    }
    if (now() < outage_end_ || faults_.happens(random_, faults_.unavailable)) {
        trace_.note(now(), "unavailable: {}", call);
        return Failure{FailureKind::unavailable, "simulated"};
    }
    return {};
}

void Server::cut_off(std::string_view node) {
    for (Session* const session : sessions_) {
        if (session->node_ != node) continue;
        session->is_cut_off_ = true;
        session->release();
    }
}

void Server::steal_locks(std::string_view node) {
    for (Session* const session : sessions_) {
        if (session->node_ == node) session->release();
    }
}

Session::Session(Server& server, std::string node)
    : server_(server), node_(std::move(node)), number_(++server.last_session_) {
    server_.sessions_.push_back(this);
}

Session::~Session() {
    std::erase(server_.sessions_, this);
    if (!server_.conductor_.is_ending()) release();
    if (locks_.empty()) return;
    server_.conductor_.after(
        server_.random_.between(0, notices_death_max), world,
        [&server = server_, number = number_] {
            std::erase_if(server.locks_, [&](const auto& lock) { return lock.second == number; });
        });
}

Result<void> Session::lock(Lock lock) {
    const bool is_free =
        server_.conductor_.wait([&] { return !server_.locks_.contains(lock); }, lock_patience);
    if (is_cut_off_) return Failure{FailureKind::unavailable, "simulated: cut off"};
    if (!is_free) return Failure{FailureKind::conflict, "simulated: waited for a lock in vain"};
    server_.locks_[lock] = number_;
    locks_.push_back(lock);
    if (server_.faults_.happens(server_.random_, server_.faults_.stolen_lock)) {
        server_.trace_.note(server_.now(), "lock {} of {} stolen", lock, node_);
        release();
    }
    return {};
}

// What becomes of a commit before anything was written.
Result<void> Session::decide_fate() const {
    const FaultRates& faults = server_.faults_;
    if (is_cut_off_) return Failure{FailureKind::unavailable, "simulated: cut off"};
    if (server_.now() < server_.outage_end_ ||
        faults.happens(server_.random_, faults.lost_commit)) {
        return Failure{FailureKind::unavailable, "simulated: nothing was written"};
    }
    if (faults.happens(server_.random_, faults.conflict)) {
        return Failure{FailureKind::conflict, "simulated: somebody was first"};
    }
    return {};
}

Result<void> Session::commit(const std::function<Result<void>()>& apply) {
    Random& random = server_.random_;
    const FaultRates& faults = server_.faults_;
    server_.conductor_.sleep(random.between(way_min, sync_max));
    if (auto fate = decide_fate(); !fate) {
        server_.trace_.note(server_.now(), "commit of {} lost", node_);
        return fate;
    }
    if (faults.happens(random, faults.doubt_late)) {
        leave_to_server(apply);
        return Failure{FailureKind::in_doubt, "simulated: the answer was lost"};
    }
    const bool is_lost = faults.happens(random, faults.doubt_lost);
    auto applied = is_lost ? Result<void>() : apply();
    release();
    server_.conductor_.sleep(random.between(way_min, way_max));
    if (is_lost || faults.happens(random, faults.doubt_written)) {
        server_.trace_.note(server_.now(), "commit of {} in doubt, {}", node_,
                            is_lost ? "lost" : "written");
        return Failure{FailureKind::in_doubt, "simulated: the answer was lost"};
    }
    return applied;
}

// The locks stay until the server has come to it: whoever looks before waits for them.
void Session::leave_to_server(const std::function<Result<void>()>& apply) {
    const bool is_written = server_.random_.happens(500'000);
    server_.trace_.note(server_.now(), "commit of {} in doubt, {} later", node_,
                        is_written ? "written" : "lost");
    const Time later = server_.random_.between(0, comes_to_it_max);
    server_.conductor_.after(
        later, world, [&server = server_, apply, is_written, number = number_] {
            const bool has_its_locks = std::ranges::any_of(
                server.locks_, [&](const auto& lock) { return lock.second == number; });
            if (is_written && has_its_locks) static_cast<void>(apply().is_ok());
            std::erase_if(server.locks_, [&](const auto& lock) { return lock.second == number; });
        });
    locks_.clear();
}

void Session::release() {
    std::erase_if(server_.locks_, [this](const auto& lock) { return lock.second == number_; });
    locks_.clear();
}

}  // namespace dibs::simulation
