#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/workers.h"
#include "issuing/committer_pool.h"
#include "issuing/latch_watch.h"
#include "scheduler/coupon_inventory_scheduler.h"
#include "service/compaction_service.h"
#include "service/coupon_service.h"
#include "simulation/node_clock.h"
#include "simulation/recorder.h"
#include "simulation/simulated_store.h"

namespace dibs::simulation {

/// How the nodes of a run are set up.
struct NodeSettings {
    repository::GroupScope scope = repository::GroupScope::one_coupon;
    std::size_t committers = 1;
    std::size_t group_max = 256;
    std::size_t waiting_max = 1'000;
    std::size_t step_event_max = 100;
};

/// What somebody wants.
struct Wish {
    std::int64_t coupon = 0;
    std::string user;
    std::string key;  ///< Empty if none.
    Time patience = 0;
    int attempt = 0;  ///< How often the same was wanted before.
};

/// A pause of virtual time.
class SimulatedPause final : public issuing::Pause {
public:
    explicit SimulatedPause(Server& server) : server_(server) {}
    bool wait(std::chrono::nanoseconds longest) override;
    void end() override { is_ended_ = true; }

private:
    Server& server_;
    bool is_ended_ = false;
};

/// One life of one `dibs serve`, from a start to a crash or a stop: what `app/serve.cc` builds
/// between the doors and the store, with a fibre wherever that has a thread. Its readers' work is
/// done by the office, and the rests of its fold are of virtual time. Its memory is all of it, so
/// that to destroy it is to crash.
class Node {
public:
    /// All must outlive it. Starts its fibres, which are `owner`'s. They must have been ended
    /// before it is destroyed.
    Node(Server& server, const NodeClock& clock, const NodeSettings& settings, Recorder& recorder,
         const scheduler::DailyTime& daily, int number, Owner owner);
    ~Node();

    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] Owner owner() const { return owner_; }
    [[nodiscard]] const std::string& name() const { return name_; }

    /// Asks for a coupon, as an HTTP thread would. Not only from fibres.
    void ask(const Wish& wish);

    /// What operators and readers do, on the node's office workers.
    bool submit(base::Workers::Task task) { return office_.submit(std::move(task)); }
    [[nodiscard]] service::CouponService& coupons() { return coupons_; }
    [[nodiscard]] service::CompactionService& compactions() { return compactions_; }
    [[nodiscard]] const base::Clock& clock() const { return clock_; }

    /// Closes the line and lets everything come to its end, in the order of `app/serve.cc`: who
    /// waits is answered, then the door is shut and the rest ends.
    void stop();
    /// Whether it has. To be asked again and again.
    [[nodiscard]] bool has_stopped();
    [[nodiscard]] bool is_stopping() const { return is_stopping_; }

private:
    [[nodiscard]] std::unique_ptr<service::FoldRest> rest_of_fold(repository::GroupScope scope);
    void start_fibres();
    void spawn_worker(base::Workers& workers);
    void run_scheduler();

    Server& server_;
    const NodeClock& clock_;
    Recorder& recorder_;
    const int number_;
    const Owner owner_;
    const std::string name_;
    SimulatedStore store_;
    base::Workers office_;
    base::Workers closings_;
    issuing::SoldOutLatch latch_;
    SimulatedPause watch_pause_;
    issuing::LatchWatch watch_;
    issuing::WaitingLine line_;
    SimulatedPause committer_pause_;
    issuing::CommitterPool committers_;
    service::CouponService coupons_;
    SimulatedPause rest_pause_;
    std::unique_ptr<service::FoldRest> rest_;
    service::CompactionService compactions_;
    scheduler::CouponInventoryScheduler scheduler_;
    class Desk;
    std::unique_ptr<Desk> desk_;
    int committing_ = 0;  ///< Committers that have not ended.
    int running_ = 0;     ///< Others that have an end of their own.
    int busy_ = 0;        ///< Workers in the middle of something.
    bool is_stopping_ = false;
    bool is_shut_ = false;
};

}  // namespace dibs::simulation
