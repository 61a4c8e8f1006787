#pragma once

#include <cstdint>

#include "base/guarded.h"

namespace dibs::base {

/// First come, first served among threads: whoever asks gets their turn in the order in which they
/// asked.
///
/// For something that one thread uses at a time for as long as it takes, an fsync included. (A
/// mutex is for short holds, and under load it lets the thread that just gave it up have it again.)
class Turns {
public:
    /// The right to go on, until it is destroyed.
    class Turn {
    public:
        explicit Turn(Turns& turns) : turns_(&turns) {}
        ~Turn() {
            if (turns_ != nullptr) turns_->pass_on();
        }
        Turn(Turn&& other) noexcept : turns_(other.turns_) { other.turns_ = nullptr; }
        Turn& operator=(Turn&&) = delete;

    private:
        Turns* turns_;
    };

    /// Blocks until everybody who asked before has had their turn. Any thread may call; a thread
    /// that has the turn must not ask again.
    [[nodiscard]] Turn wait() {
        const std::uint64_t mine = line_.with([](Line& line) { return line.next_ticket++; });
        line_.wait([mine](const Line& line) { return line.now_serving == mine; }, [](Line&) {});
        return Turn(*this);
    }

private:
    struct Line {
        std::uint64_t next_ticket = 0;
        std::uint64_t now_serving = 0;
    };

    void pass_on() {
        line_.with([](Line& line) { ++line.now_serving; });
        line_.notify_all();
    }

    Guarded<Line> line_;
};

}  // namespace dibs::base
