#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/guarded.h"

namespace dibs::controller {

/// How many requests a second one user may send, with some in a burst: the generic cell rate
/// algorithm (ITU-T I.371, Annex A), which keeps one moment per user.
///
/// Any thread may call. Users who have been quiet for long enough to have their whole burst back
/// are forgotten; at most `users_max` are remembered, and beyond that nobody new is limited.
class UserRate {
public:
    /// `per_second` 0: nobody is limited.
    UserRate(int per_second, int burst);

    [[nodiscard]] int per_second() const { return per_second_; }

    /// Counts a request of this user. Nothing if it may pass, else how long to wait.
    [[nodiscard]] std::optional<std::chrono::milliseconds> count(const std::string& user,
                                                                 base::SteadyInstant now);

private:
    using Users = std::unordered_map<std::string, base::SteadyInstant>;

    static void forget_the_quiet(Users& users, base::SteadyInstant now);

    const int per_second_;
    const std::chrono::nanoseconds interval_;
    const std::chrono::nanoseconds tolerance_;
    base::Guarded<Users> due_at_;  // When the user's next request would come at the steady rate.
};

}  // namespace dibs::controller
