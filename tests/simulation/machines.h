#pragma once

#include <memory>
#include <vector>

#include "simulation/node.h"

namespace dibs::simulation {

/// The machines of a run, the node that runs on each, and all that befalls them: crashes, restarts,
/// stops, standstills, clocks that are set or stand still, a server that is away.
class Machines {
public:
    /// All must outlive it.
    Machines(Server& server, Recorder& recorder, const NodeSettings& settings,
             const scheduler::DailyTime& daily, int count, base::Instant start);
    ~Machines();

    /// One of the nodes, or null where it is down.
    [[nodiscard]] Node* node(int machine) { return machines_[at(machine)].node.get(); }
    /// Any node that takes part, or null.
    [[nodiscard]] Node* any_node();
    [[nodiscard]] int count() const { return static_cast<int>(machines_.size()); }

    /// From now until `end` something befalls somebody about once in every `interval`.
    void begin_trouble(Time interval, Time end);

    /// Every clock right again, and so much ahead; every node up.
    void end_trouble();
    void set_clocks(std::chrono::microseconds ahead);

    void start(int machine);

private:
    struct Machine {
        std::unique_ptr<NodeClock> clock;
        std::unique_ptr<Node> node;
    };

    static std::size_t at(int machine) { return static_cast<std::size_t>(machine); }

    void trouble(Time interval, Time end);
    void crash(int machine);
    void stop(int machine);
    void end_when_stopped(int machine, Owner owner);
    void pause(int machine);
    void set_clock(int machine);
    void start_later(int machine);

    Server& server_;
    Recorder& recorder_;
    const NodeSettings settings_;
    const scheduler::DailyTime& daily_;
    std::vector<Machine> machines_;
    Owner last_owner_ = world;
};

}  // namespace dibs::simulation
