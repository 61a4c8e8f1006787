#include "identity/trusted_header_authenticator.h"

namespace dibs::identity {

std::expected<Caller, Refusal> TrustedHeaderAuthenticator::authenticate(
    const Credentials& credentials, base::Instant /*now*/) const {
    // Of two headers one may be the gateway's and the other the stranger's; nobody can tell which.
    if (credentials.user_id.occurrences > 1 || credentials.user_scopes.occurrences > 1) {
        return std::unexpected(Refusal(RefusalReason::credentials_repeated,
                                       "X-User-Id or X-User-Scopes is given more than once."));
    }
    if (credentials.user_id.occurrences == 0) {
        return std::unexpected(
            Refusal(RefusalReason::credentials_missing, "The gateway's X-User-Id is missing."));
    }
    if (!is_user(credentials.user_id.value)) {
        return std::unexpected(
            Refusal(RefusalReason::user_malformed,
                    "X-User-Id is not 1 to 128 bytes of printable ASCII without outer spaces."));
    }
    return Caller{.user = std::string(credentials.user_id.value),
                  .is_admin = has_scope(credentials.user_scopes.value, admin_scope)};
}

}  // namespace dibs::identity
