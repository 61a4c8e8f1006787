#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "identity/json_web_token.h"

// What the tests of tokens have in common.

namespace dibs::identity {

inline constexpr std::string_view secret_text = "a secret of more than thirty-two bytes";

/// Of a token that expires at second 1000.
inline constexpr std::string_view alices_claims = R"({"sub":"alice","exp":1000})";

/// So many seconds, or parts of them, after 1970.
[[nodiscard]] inline base::Instant at_second(double second) {
    return base::from_microseconds(static_cast<std::int64_t>(second * 1e6));
}

/// The name of the reason that a token is refused for, or `taken`.
[[nodiscard]] inline std::string verdict(const std::expected<VerifiedToken, Refusal>& result) {
    return result ? "taken" : std::string(name_of(result.error().reason));
}

}  // namespace dibs::identity
