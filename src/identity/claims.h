#pragma once

#include <boost/json/object.hpp>
#include <expected>

#include "base/instant.h"
#include "identity/json_web_token.h"

namespace dibs::identity {

/// What the claims of a token with a right signature prove at `now` (RFC 7519 section 4.1), or why
/// they prove nothing.
[[nodiscard]] std::expected<VerifiedToken, Refusal> check_claims(const boost::json::object& claims,
                                                                 const ExpectedClaims& expected,
                                                                 base::Instant now);

}  // namespace dibs::identity
