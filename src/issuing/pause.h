#pragma once

#include <algorithm>
#include <chrono>
#include <random>

#include "base/guarded.h"

namespace dibs::issuing {

/// Time that a thread lets pass, before it tries again or to leave some to others. Asked of an
/// object, so that a test can say how long it takes.
class Pause {
public:
    virtual ~Pause() = default;

    /// Blocks for `longest` or somewhat less. False, at once, when `end` was called: there is no
    /// time to try again. Any thread may call.
    [[nodiscard]] virtual bool wait(std::chrono::nanoseconds longest) = 0;

    /// Ends all pauses, those to come as well. Any thread may call.
    virtual void end() = 0;
};

/// Lets all of the time pass.
class FullPause final : public Pause {
public:
    [[nodiscard]] bool wait(std::chrono::nanoseconds longest) override;
    void end() override;

private:
    base::Guarded<bool> is_ended_{false};
};

/// Lets between half of the time and all of it pass, by chance: those who failed together don't
/// come back together.
class RandomPause final : public Pause {
public:
    [[nodiscard]] bool wait(std::chrono::nanoseconds longest) override;
    void end() override;

private:
    base::Guarded<std::minstd_rand> random_{std::minstd_rand(std::random_device{}())};
    FullPause part_;
};

/// How long the next pause is: twice as long each time, up to a longest one.
class Backoff {
public:
    constexpr Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
        : next_(first), longest_(longest) {}

    [[nodiscard]] std::chrono::milliseconds next() {
        const auto pause = next_;
        next_ = std::min(2 * next_, longest_);
        return pause;
    }

private:
    std::chrono::milliseconds next_;
    std::chrono::milliseconds longest_;
};

}  // namespace dibs::issuing
