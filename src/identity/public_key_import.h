#pragma once

#include <string_view>

#include "base/result.h"
#include "identity/openssl_handles.h"

namespace dibs::identity {

/// Public keys from the numbers that a JSON Web Key spells, big end first; what does not make a
/// sound key is refused here rather than at the first token.

/// Fails: invalid (below 2,048 bits, an exponent that is even or 1, no plausible modulus).
[[nodiscard]] base::Result<EvpKey> import_rsa_key(std::string_view modulus,
                                                  std::string_view exponent);

/// Fails: invalid (a coordinate is not 32 bytes long, the point is not on the curve).
[[nodiscard]] base::Result<EvpKey> import_p256_key(std::string_view x, std::string_view y);

/// Fails: invalid (not 32 bytes).
[[nodiscard]] base::Result<EvpKey> import_ed25519_key(std::string_view x);

}  // namespace dibs::identity
