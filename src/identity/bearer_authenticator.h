#pragma once

#include <memory>

#include "identity/authenticator.h"
#include "identity/json_web_token.h"
#include "identity/verified_tokens.h"

namespace dibs::identity {

/// Believes signed tokens: `Authorization: Bearer` and a JSON Web Token (RFC 6750 section 2.1).
/// Tokens whose signature is costly to check are remembered.
class BearerAuthenticator final : public Authenticator {
public:
    explicit BearerAuthenticator(TokenVerifier verifier, VerifiedTokensLimits limits = {});

    [[nodiscard]] std::expected<Caller, Refusal> authenticate(const Credentials& credentials,
                                                              base::Instant now) const override;

private:
    TokenVerifier verifier_;
    const std::unique_ptr<VerifiedTokens> verified_;  ///< Null where it would not pay.
};

}  // namespace dibs::identity
