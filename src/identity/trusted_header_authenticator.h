#pragma once

#include "identity/authenticator.h"

namespace dibs::identity {

/// Believes `X-User-Id` and `X-User-Scopes`. Only for a service that nobody but an authenticating
/// gateway can reach, which sets or strips both headers.
class TrustedHeaderAuthenticator final : public Authenticator {
public:
    [[nodiscard]] std::expected<Caller, Refusal> authenticate(const Credentials& credentials,
                                                              base::Instant now) const override;
};

}  // namespace dibs::identity
