#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "repository/shard_map.h"
#include "repository/store.h"

namespace dibs::repository {

/// A look at what others append at several servers: one server after the other, each for its part
/// of the patience. So what is said at any of them is known within the patience, and the time that
/// the looks take.
class ShardedStreamWatch final : public StreamWatch {
public:
    /// One for each server, in the servers' order.
    explicit ShardedStreamWatch(std::vector<std::unique_ptr<StreamWatch>> servers)
        : map_(servers.size()), servers_(std::move(servers)) {}

    base::Result<std::vector<domain::CouponId>> wait_for_news(
        const std::vector<std::pair<domain::CouponId, domain::Sequence>>& known,
        std::chrono::milliseconds patience) override;

private:
    const ShardMap map_;
    const std::vector<std::unique_ptr<StreamWatch>> servers_;
};

}  // namespace dibs::repository
