#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "identity/openssl_handles.h"
#include "identity/secret_file.h"

namespace dibs::identity {

/// The signature algorithms that are taken (RFC 7518 section 3.1, RFC 8037 section 3.1).
enum class Algorithm : std::uint8_t { hs256, rs256, es256, eddsa };

/// The name as `alg` spells it: `HS256`.
[[nodiscard]] std::string_view name_of(Algorithm algorithm);

/// A key that can tell whether a text was signed by its owner, with the one algorithm that it was
/// configured for (RFC 8725 section 3.1). Any thread may call; never blocks.
class VerificationKey {
public:
    virtual ~VerificationKey() = default;

    [[nodiscard]] virtual Algorithm algorithm() const = 0;

    /// Whether `signature` (the raw bytes of a JWS signature) is this key's over `text`.
    [[nodiscard]] virtual bool verifies(std::string_view text,
                                        std::string_view signature) const = 0;
};

/// An HS256 key. `secret` is copied.
[[nodiscard]] std::unique_ptr<VerificationKey> make_secret_key(const Secret& secret);

/// An RS256, ES256 or EdDSA key: `key` must be an RSA, P-256 or Ed25519 public key accordingly.
[[nodiscard]] std::unique_ptr<VerificationKey> make_public_key(Algorithm algorithm, EvpKey key);

}  // namespace dibs::identity
