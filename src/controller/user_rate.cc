#include "controller/user_rate.h"

#include <algorithm>

namespace dibs::controller {

namespace {

// choice: some 30 MB; more users than are within their burst at once on one node.
constexpr std::size_t users_max = 200'000;

}  // namespace

UserRate::UserRate(int per_second, int burst)
    : per_second_(per_second),
      interval_(per_second > 0 ? std::chrono::nanoseconds(std::chrono::seconds(1)) / per_second
                               : std::chrono::nanoseconds(0)),
      tolerance_(interval_ * std::max(0, burst - 1)) {}

std::optional<std::chrono::milliseconds> UserRate::count(const std::string& user,
                                                         base::SteadyInstant now) {
    if (per_second_ == 0) return std::nullopt;
    return due_at_.with([&](Users& users) -> std::optional<std::chrono::milliseconds> {
        auto found = users.find(user);
        if (found == users.end()) {
            if (users.size() >= users_max) forget_the_quiet(users, now);
            if (users.size() >= users_max) return std::nullopt;
            found = users.emplace(user, now).first;
        }
        const base::SteadyInstant due_at = std::max(found->second, now);
        if (due_at - now > tolerance_) {
            return std::chrono::ceil<std::chrono::milliseconds>(due_at - now - tolerance_);
        }
        found->second = due_at + interval_;
        return std::nullopt;
    });
}

void UserRate::forget_the_quiet(Users& users, base::SteadyInstant now) {
    std::erase_if(users, [now](const auto& entry) { return entry.second <= now; });
}

}  // namespace dibs::controller
