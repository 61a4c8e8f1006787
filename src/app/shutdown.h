#pragma once

#include <signal.h>

namespace dibs::app {

/// Turns SIGTERM and SIGINT into something that one thread waits for.
///
/// Make it in `main`'s thread before any other thread starts: they inherit that the signals are
/// blocked, so that no handler ever runs in the middle of anything.
class Shutdown {
public:
    Shutdown();

    /// Blocks until one of the signals comes; which one it was.
    [[nodiscard]] int wait() const;

private:
    sigset_t signals_{};
};

}  // namespace dibs::app
