#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "identity/authenticator.h"
#include "identity/caller.h"
#include "identity/key_set.h"

namespace dibs::identity {

/// The largest token that is looked at. Choice: half of what the HTTP layer takes for all headers;
/// tokens of common identity providers have 300 to 2,000 bytes.
inline constexpr std::size_t token_size_max_bytes = 8 * 1024;

/// How far ahead of ours an issuer's clock may be: `nbf` and `iat` may lie this far in the future.
/// `exp` gets no such grace. Choice: more than machines with NTP differ by.
inline constexpr std::chrono::seconds clock_skew_max{5};

/// What a token must claim besides its user and times; what is absent is not looked at.
struct ExpectedClaims {
    std::optional<std::string> issuer = std::nullopt;    ///< `iss` must be this.
    std::optional<std::string> audience = std::nullopt;  ///< `aud` must be this or contain it.
};

/// What a token proves, and from when until when: `valid_from` <= now < `expires_at`.
struct VerifiedToken {
    Caller caller;
    base::Instant valid_from;
    base::Instant expires_at;
};

/// Verifies JSON Web Tokens: JWS in compact form (RFC 7515, RFC 7519), by the rules of RFC 8725.
///
/// The key's configuration says which algorithm is used; the token's `alg` can only agree or be
/// refused. Immutable once made: any thread may call.
class TokenVerifier {
public:
    TokenVerifier(KeySet keys, ExpectedClaims expected);

    /// What `token` proves at `now`, or why it proves nothing. Computes, from one microsecond
    /// (HS256) to some tens (ES256, EdDSA), and never waits.
    [[nodiscard]] std::expected<VerifiedToken, Refusal> verify(std::string_view token,
                                                               base::Instant now) const;

    /// Whether a verification costs so much that remembering its result pays.
    [[nodiscard]] bool is_costly() const { return keys_.are_public(); }

private:
    KeySet keys_;
    ExpectedClaims expected_;
};

}  // namespace dibs::identity
