#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "identity/verification_key.h"

namespace dibs::identity {

/// One member of a key set: its name, and the key or else why it is of no use here.
struct JsonWebKey {
    std::optional<std::string> key_id;
    std::unique_ptr<VerificationKey> key;  ///< Null: it is left out.
    std::string skipped_because;
};

/// Reads a public key (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2). The algorithm
/// is what `alg` says, or else the one that the type of key implies here: RSA RS256, P-256 ES256,
/// Ed25519 EdDSA.
/// Fails: invalid (malformed, symmetric, private, weak, or `alg` and type contradict each other).
[[nodiscard]] base::Result<JsonWebKey> read_json_web_key(const boost::json::object& members);

}  // namespace dibs::identity
