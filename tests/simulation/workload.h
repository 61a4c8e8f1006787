#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulation/machines.h"

namespace dibs::simulation {

/// What is wanted of a run's nodes, and when; drawn from its seed.
struct WorkloadPlan {
    int coupons = 1;
    int users = 100;
    int requests = 1'000;
    int bursts = 5;
    std::int64_t stock = 1'000;  ///< Of all coupons together, at first.
    Time duration = 10'000'000;
    Time order_interval = 300'000;
    Time fold_interval = 3'000'000;
};

[[nodiscard]] WorkloadPlan draw_workload(Random& random);

/// Customers who come in crowds and ask again, and operators who restock, take back, announce and
/// fold.
class Workload {
public:
    /// All must outlive it. Sees who is answered through the recorder.
    Workload(Server& server, Machines& machines, Recorder& recorder, WorkloadPlan plan);

    /// Offers the coupons; to be called while nothing goes wrong, and followed by some time.
    void offer_coupons();
    /// Lets everybody come, from now on.
    void begin();
    /// Some who ask when nothing goes wrong any more.
    void ask_a_few();

private:
    struct Registration {
        std::int64_t coupon;
        std::int64_t sequence;
    };

    void ask_after(Time duration, Wish wish, int machine);
    void come(Time duration, std::int64_t coupon);
    void repeat(const Wish& wish);
    void ask_again(const Asked& asked);
    void hear(const Asked& asked);

    void order_again(Time end);
    void order();
    void change_stock(Node& node);
    void take_back(Node& node);
    void patch(Node& node);
    void look(Node& node);
    void fold_again(Time end);

    [[nodiscard]] std::int64_t any_coupon();
    [[nodiscard]] int any_machine();
    [[nodiscard]] domain::CouponCreate draw_coupon(const Node& node, std::int64_t stock);

    Server& server_;
    Machines& machines_;
    Recorder& recorder_;
    Random& random_;
    const WorkloadPlan plan_;
    std::vector<Registration> issued_;
    std::int64_t last_key_ = 0;
};

}  // namespace dibs::simulation
