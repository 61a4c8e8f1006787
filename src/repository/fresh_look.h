#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/guarded.h"

namespace dibs::repository {

/// A question that many ask at once and that is put once for all of them: everybody gets an answer
/// to a look that began after they asked. At most one look is under way; those who come meanwhile
/// share the next. So what it costs doesn't grow with those who ask.
///
/// Any thread may call, and blocks for two looks at the longest.
template <typename Answer>
class FreshLook {
public:
    /// `look` is called by one thread at a time.
    explicit FreshLook(std::function<Answer()> look) : look_(std::move(look)) {}

    [[nodiscard]] Answer ask() {
        const std::uint64_t mine = state_.with([](State& state) { return ++state.last_asked; });
        std::uint64_t covered = 0;
        const std::shared_ptr<const Answer> shared = state_.wait(
            [&](const State& state) { return state.last_answered >= mine || !state.is_looking; },
            [&](State& state) -> std::shared_ptr<const Answer> {
                if (state.last_answered >= mine) return state.answer;
                // Nobody looks: this one does, for all who have asked by now.
                state.is_looking = true;
                covered = state.last_asked;
                return nullptr;
            });
        if (shared) return *shared;
        const auto answer = std::make_shared<const Answer>(look_());
        state_.with([&](State& state) {
            state.is_looking = false;
            state.last_answered = covered;
            state.answer = answer;
        });
        state_.notify_all();
        return *answer;
    }

    /// How many have asked so far, those included who still wait.
    [[nodiscard]] std::uint64_t asked_count() const {
        return state_.with([](const State& state) { return state.last_asked; });
    }

private:
    struct State {
        std::uint64_t last_asked = 0;
        std::uint64_t last_answered = 0;       // Everybody who asked up to this one is served by
        std::shared_ptr<const Answer> answer;  // this.
        bool is_looking = false;
    };

    const std::function<Answer()> look_;
    base::Guarded<State> state_;
};

}  // namespace dibs::repository
