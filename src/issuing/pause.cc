#include "issuing/pause.h"

namespace dibs::issuing {

using std::chrono::nanoseconds;

bool RandomPause::wait(nanoseconds longest) {
    const nanoseconds duration = state_.with([longest](State& state) {
        std::uniform_int_distribution<nanoseconds::rep> part(longest.count() / 2, longest.count());
        return nanoseconds(part(state.random));
    });
    return state_.wait_until(
        std::chrono::steady_clock::now() + duration,
        [](const State& state) { return state.is_ended; },
        [](const State& state) { return !state.is_ended; });
}

void RandomPause::end() {
    state_.with([](State& state) { state.is_ended = true; });
    state_.notify_all();
}

}  // namespace dibs::issuing
