#include "rehearsal/starting_gate.h"

namespace dibs::rehearsal {

void StartingGate::report_ready() {
    state_.with([](State& state) { ++state.ready; });
    state_.notify_all();
}

void StartingGate::report_finished() {
    state_.with([](State& state) { ++state.finished; });
    state_.notify_all();
}

bool StartingGate::wait_for_ready(std::size_t threads, base::SteadyInstant deadline) {
    const auto are_ready = [&](const State& state) { return state.ready >= threads; };
    return state_.wait_until(deadline, are_ready, are_ready);
}

bool StartingGate::wait_for_finished(std::size_t threads, base::SteadyInstant deadline) {
    const auto are_finished = [&](const State& state) { return state.finished >= threads; };
    return state_.wait_until(deadline, are_finished, are_finished);
}

void StartingGate::open(base::SteadyInstant go_at) {
    state_.with([&](State& state) {
        state.signal = Signal::go;
        state.go_at = go_at;
    });
}

void StartingGate::call_off() {
    state_.with([](State& state) { state.signal = Signal::home; });
}

StartingGate::Signal StartingGate::signal() const {
    return state_.with([](const State& state) { return state.signal; });
}

base::SteadyInstant StartingGate::go_at() const {
    return state_.with([](const State& state) { return state.go_at; });
}

}  // namespace dibs::rehearsal
