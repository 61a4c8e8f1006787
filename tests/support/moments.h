#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/instant.h"
#include "base/result.h"
#include "domain/ids.h"

// The words that nearly every test needs: when, who, and how something failed.

namespace dibs::test {

using namespace std::chrono_literals;

/// When the sales of the tests open: 2026-11-27T12:00:00Z.
inline constexpr base::Instant noon = base::from_microseconds(1'795'780'800'000'000);
/// The smallest step that the clocks of the project know.
inline constexpr std::chrono::microseconds one_tick{1};

/// A user by name. Stops the test if it isn't one.
[[nodiscard]] domain::UserId user(std::string_view name);
/// An idempotency key by its text. Stops the test if it isn't one.
[[nodiscard]] domain::IdempotencyKey key(std::string_view text);

/// Ends the test with the failure's own words. (It throws, which GoogleTest reports as a failure.)
[[noreturn]] void stop_test(const base::Failure& failure);

/// The value of what has to work, or the end of the test.
template <typename T>
T must(base::Result<T> result) {
    if (!result) stop_test(result.failure());
    return *std::move(result);
}
inline void must(const base::Result<void>& result) {
    if (!result) stop_test(result.failure());
}

/// How something failed; nothing if it worked.
template <typename T>
[[nodiscard]] std::optional<base::FailureKind> kind_of(const base::Result<T>& result) {
    if (result) return std::nullopt;
    return result.failure().kind;
}

}  // namespace dibs::test
