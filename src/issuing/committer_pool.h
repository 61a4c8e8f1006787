#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "issuing/group_committer.h"

namespace dibs::issuing {

/// The committers of a process: as many as are wanted where each has a coupon to itself, and one
/// where a group is of all coupons.
class CommitterPool {
public:
    /// What `parts` names must outlive it. `count`: the committers wanted.
    CommitterPool(const CommitterParts& parts, const CommitterMetrics& metrics,
                  std::size_t group_max, std::size_t count);

    /// Starts every thread.
    void start();

    /// Waits until everybody in the line was answered. The line must have been closed.
    void stop();

    [[nodiscard]] std::size_t size() const { return committers_.size(); }

    /// For whoever lends a committer a thread instead of starting its own.
    [[nodiscard]] GroupCommitter& at(std::size_t place) { return *committers_.at(place); }

private:
    std::vector<std::unique_ptr<GroupCommitter>> committers_;
};

}  // namespace dibs::issuing
