#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/guarded.h"

namespace dibs::rehearsal {

/// Where the crowd's threads wait for each other: none starts before all are ready, and all start
/// at the same moment. Any thread may call.
class StartingGate {
public:
    enum class Signal : std::uint8_t {
        wait,  ///< Not everybody is ready.
        go,    ///< Start at `go_at()`.
        home,  ///< It is called off.
    };

    /// What a thread says of itself, each once, in this order.
    void report_ready();
    void report_finished();

    /// Waits until so many threads have said so, or until `deadline`. True if they have.
    [[nodiscard]] bool wait_for_ready(std::size_t threads, base::SteadyInstant deadline);
    [[nodiscard]] bool wait_for_finished(std::size_t threads, base::SteadyInstant deadline);

    void open(base::SteadyInstant go_at);
    void call_off();

    [[nodiscard]] Signal signal() const;
    /// When everybody starts; known once the signal is `go`.
    [[nodiscard]] base::SteadyInstant go_at() const;

private:
    struct State {
        std::size_t ready = 0;
        std::size_t finished = 0;
        Signal signal = Signal::wait;
        base::SteadyInstant go_at{};
    };

    base::Guarded<State> state_;
};

}  // namespace dibs::rehearsal
