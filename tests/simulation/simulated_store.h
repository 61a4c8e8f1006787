#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repository/store.h"
#include "simulation/server.h"
#include "simulation/simulated_compactions.h"
#include "simulation/simulated_coupons.h"

namespace dibs::simulation {

/// The store as one life of one node has it open: the simulated server, under the node's name.
class SimulatedStore final : public repository::Store {
public:
    /// `name`: of the process; of each life another one.
    SimulatedStore(Server& server, std::string name, repository::GroupScope scope)
        : server_(server),
          scope_(scope),
          coupons_(server, name, scope),
          compactions_(server, name, scope) {}

    repository::CouponRepository& coupons() override { return coupons_; }
    repository::CompactionRepository& compactions() override { return compactions_; }
    repository::GroupScope group_scope() const override { return scope_; }
    bool has_other_writers() const override { return scope_ == repository::GroupScope::one_coupon; }
    std::vector<std::unique_ptr<repository::StreamWatch>> watch_streams() override;
    base::Result<std::unique_ptr<repository::AuditSnapshot>> open_snapshot() override;
    base::Result<void> check() override { return {}; }
    repository::StoreFacts facts() override { return {}; }
    base::Result<void> tidy(bool) override { return {}; }
    void announce(const repository::StoreOwner&) override {}

private:
    Server& server_;
    const repository::GroupScope scope_;
    SimulatedCoupons coupons_;
    SimulatedCompactions compactions_;
};

}  // namespace dibs::simulation
