#include "issuing/committer_pool.h"

#include <string>

namespace dibs::issuing {

CommitterPool::CommitterPool(const CommitterParts& parts, const CommitterMetrics& metrics,
                             std::size_t group_max, std::size_t count) {
    // Two with groups of all coupons would decide for the same coupon at once.
    if (parts.store.group_scope() == repository::GroupScope::all_coupons) count = 1;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string name = count == 1 ? "committer" : "committer-" + std::to_string(i);
        committers_.push_back(std::make_unique<GroupCommitter>(parts, metrics, group_max, name));
    }
}

void CommitterPool::start() {
    for (const auto& committer : committers_) committer->start();
}

void CommitterPool::stop() {
    for (const auto& committer : committers_) committer->stop();
}

}  // namespace dibs::issuing
