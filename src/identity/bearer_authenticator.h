#pragma once

#include "identity/authenticator.h"
#include "identity/json_web_token.h"
#include "identity/verified_tokens.h"

namespace dibs::identity {

/// Believes signed tokens: `Authorization: Bearer` and a JSON Web Token (RFC 6750 section 2.1).
class BearerAuthenticator final : public Authenticator {
public:
    explicit BearerAuthenticator(TokenVerifier verifier);

    [[nodiscard]] std::expected<Caller, Refusal> authenticate(const Credentials& credentials,
                                                              base::Instant now) const override;

private:
    TokenVerifier verifier_;
    mutable VerifiedTokens verified_;
};

}  // namespace dibs::identity
