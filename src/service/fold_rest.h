#pragma once

#include <chrono>
#include <cstdint>

#include "issuing/pause.h"
#include "issuing/waiting_line.h"

namespace dibs::service {

/// Time that a fold leaves to others between two of its steps. Belongs to the one thread that
/// folds, but for `end`.
class FoldRest {
public:
    virtual ~FoldRest() = default;

    /// Before a fold's first step.
    virtual void begin() = 0;

    /// After a step that took `step`. Blocks for `longest` at the most.
    virtual void rest_after(std::chrono::nanoseconds step, std::chrono::nanoseconds longest) = 0;

    /// Ends the rest that is under way, and there is none any more. Any thread may call.
    virtual void end() = 0;
};

/// For where nobody else is in a hurry.
class NoRest final : public FoldRest {
public:
    void begin() override {}
    void rest_after(std::chrono::nanoseconds /*step*/,
                    std::chrono::nanoseconds /*longest*/) override {}
    void end() override {}
};

/// Leaves most of a store's time to those who want to be issued a coupon, where it has one writer.
/// Without a rest the fold's next step would wait for the writer as soon as the last one has left
/// it, and have every second turn. While nobody comes, there is none.
class RestForRequests final : public FoldRest {
public:
    /// Both must outlive it; the pause is its own to end.
    RestForRequests(const issuing::WaitingLine& line, issuing::Pause& pause)
        : line_(line), pause_(pause) {}

    void begin() override { joined_before_ = line_.joined_count(); }
    void rest_after(std::chrono::nanoseconds step, std::chrono::nanoseconds longest) override;
    void end() override { pause_.end(); }

private:
    const issuing::WaitingLine& line_;
    issuing::Pause& pause_;
    std::uint64_t joined_before_ = 0;
};

}  // namespace dibs::service
