#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "issuing/waiting_line.h"

namespace dibs::service {

/// How long the fold rests after a step that took `step`. Called by the one thread that folds.
using FoldRest = std::function<std::chrono::nanoseconds(std::chrono::nanoseconds step)>;

/// For where nobody else is in a hurry.
[[nodiscard]] inline std::chrono::nanoseconds no_rest(std::chrono::nanoseconds /*step*/) {
    return {};
}

/// Leaves most of a store's time to those who want to be issued a coupon, where it has one writer.
/// Without a rest the fold's next step would wait for the writer as soon as the last one has left
/// it, and have every second turn. While nobody comes, there is none.
class RestForRequests {
public:
    /// The line must outlive it.
    explicit RestForRequests(const issuing::WaitingLine& line)
        : line_(line), joined_before_(line.joined_count()) {}

    [[nodiscard]] std::chrono::nanoseconds operator()(std::chrono::nanoseconds step);

private:
    const issuing::WaitingLine& line_;
    std::uint64_t joined_before_;
};

}  // namespace dibs::service
