#pragma once

#include <string>
#include <string_view>

#include "identity/openssl_handles.h"
#include "identity/verification_key.h"

namespace dibs::identity {

/// Joins and signs the parts of a token with whatever it is told to, right or wrong: the identity
/// provider of the tests, and the forger.
class TokenSigner {
public:
    /// New key pairs.
    [[nodiscard]] static TokenSigner rsa(unsigned size_bits = 2048);
    [[nodiscard]] static TokenSigner p256();
    [[nodiscard]] static TokenSigner ed25519();

    /// The public key as a JSON Web Key; `members` are added as they are, each with a comma before
    /// it: `,"kid":"a"`.
    [[nodiscard]] std::string public_jwk(std::string_view members = "") const;
    /// The public key as PEM text.
    [[nodiscard]] std::string public_pem() const;

    /// The signature over `text` as a JWS carries it, not encoded.
    [[nodiscard]] std::string signature_over(std::string_view text) const;

    /// A whole token: header, claims and this key's signature.
    [[nodiscard]] std::string sign(std::string_view header, std::string_view claims) const;

private:
    TokenSigner(Algorithm algorithm, EvpKey key);

    Algorithm algorithm_;
    EvpKey key_;
};

/// Header and claims, encoded and joined: what is signed.
[[nodiscard]] std::string signing_input(std::string_view header, std::string_view claims);

/// A token whose signature is the HMAC under `secret`, whatever its header says.
[[nodiscard]] std::string sign_with_secret(std::string_view secret, std::string_view header,
                                           std::string_view claims);

/// A key set of these keys' JSON.
[[nodiscard]] std::string key_set_of(std::string_view keys);

}  // namespace dibs::identity
