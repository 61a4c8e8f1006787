#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/instant.h"
#include "base/result.h"
#include "identity/caller.h"
#include "identity/openssl_handles.h"
#include "identity/secret_file.h"

namespace dibs::identity {

/// What a new token is to say.
struct TokenOrder {
    Caller caller;
    base::Instant issued_at;
    std::chrono::seconds lifetime{3600};
    std::optional<std::string> token_id = std::nullopt;  ///< `jti`
    std::optional<std::string> issuer = std::nullopt;
    std::optional<std::string> audience = std::nullopt;
};

/// Makes HS256 tokens, so that trying Dibs needs no identity provider. Belongs to one thread.
class TokenMint {
public:
    explicit TokenMint(const Secret& secret);

    /// A signed token in compact form.
    /// Fails: invalid (no user's name, a lifetime below a second, a time past the year 9999).
    [[nodiscard]] base::Result<std::string> mint(const TokenOrder& order) const;

private:
    EvpMacContext context_;
};

}  // namespace dibs::identity
