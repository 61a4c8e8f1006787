#pragma once

#include <expected>

#include "base/clock.h"
#include "controller/user_rate.h"
#include "domain/ids.h"
#include "http/message.h"
#include "identity/authenticator.h"

namespace dibs::controller {

/// Decides who is asking and whether they may. Any thread may call.
class Authorization {
public:
    /// All must outlive it.
    Authorization(const identity::Authenticator& authenticator, UserRate& rate,
                  const base::Clock& clock);

    /// The user behind a request, or what they are told instead: 401, 429.
    [[nodiscard]] std::expected<domain::UserId, http::Response> user_of(
        const http::Request& request) const;

    /// Nothing if an operator is asking, else what they are told: 401, 403.
    [[nodiscard]] std::expected<void, http::Response> admit_operator(
        const http::Request& request) const;

private:
    [[nodiscard]] std::expected<identity::Caller, http::Response> caller_of(
        const http::Request& request) const;

    const identity::Authenticator& authenticator_;
    UserRate& rate_;
    const base::Clock& clock_;
};

}  // namespace dibs::controller
