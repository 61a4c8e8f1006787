#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repository/coupon_repository.h"
#include "simulation/server.h"

namespace dibs::simulation {

/// The books of one group over the simulated server. What `append` is given goes with the commit.
/// Belongs to one fibre.
class SimulatedBooks final : public repository::Books {
public:
    /// Where groups are of one coupon it has a session from its opening on, else from the start.
    SimulatedBooks(Server& server, std::string node, std::unique_ptr<Session> session)
        : server_(server), node_(std::move(node)), session_(std::move(session)) {}

    [[nodiscard]] base::Result<repository::OpenCoupon> open(
        domain::CouponId coupon_id, std::span<const domain::UserId* const> users) override;
    [[nodiscard]] base::Result<void> append(
        std::span<const domain::RegisteredCouponCreate> creates) override;
    [[nodiscard]] base::Result<void> commit() override;

private:
    using Creates = std::vector<domain::RegisteredCouponCreate>;

    using Versions = std::map<std::int64_t, std::size_t>;

    [[nodiscard]] static base::Result<void> write(Server& server, const std::string& node,
                                                  const Creates& creates, const Versions& versions);

    Server& server_;
    const std::string node_;
    std::unique_ptr<Session> session_;
    Creates creates_;
    Versions versions_;  ///< Of the terms of each coupon that was opened.
};

}  // namespace dibs::simulation
