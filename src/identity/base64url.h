#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dibs::identity {

/// `bytes` in base64url without padding (RFC 4648 section 5, RFC 7515 section 2).
[[nodiscard]] std::string encode_base64url(std::string_view bytes);

/// The bytes that `text` spells in base64url. Nothing if it has padding, a space or another foreign
/// character, an impossible length, or bits at its end that no encoder sets: every sequence of
/// bytes has one spelling only, so a token has one too.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace dibs::identity
