#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/instant.h"
#include "identity/caller.h"

namespace dibs::identity {

/// Why somebody is not known to be who they say they are. The names are stable: metrics and logs
/// carry them.
enum class RefusalReason : std::uint8_t {
    credentials_missing,    ///< Nothing said who is asking.
    credentials_repeated,   ///< A header that proves identity came more than once.
    credentials_malformed,  ///< The header is not `Bearer` and a token.
    token_too_large,        ///< Larger than `token_size_max_bytes`; not looked into.
    token_malformed,        ///< Not a JWS in compact form, or a claim has the wrong type.
    algorithm_refused,      ///< Not the algorithm that the configured key is for.
    key_unknown,            ///< Names no configured key, or none where there are several.
    signature_wrong,        ///< Not signed with the configured key.
    token_expired,          ///< `exp` has passed.
    token_not_yet_valid,    ///< `nbf` or `iat` lies in the future.
    issuer_wrong,           ///< `iss` is not the configured one.
    audience_wrong,         ///< `aud` does not name the configured one.
    user_malformed,         ///< What names the user is absent or is no user's name.
};

/// The reason's name as logs, metrics and tests spell it: `token-expired`.
[[nodiscard]] std::string_view name_of(RefusalReason reason);

/// Why the credentials were refused, and the sentence that tells a person.
///
/// It can only be made from text that was known when Dibs was compiled, so nothing of a token ever
/// gets into an answer or a log through it.
struct Refusal {
    consteval Refusal(RefusalReason why, std::string_view told) : reason(why), sentence(told) {}

    RefusalReason reason;
    std::string_view sentence;
};

/// The value of `WWW-Authenticate` that a 401 for this refusal owes (RFC 6750 section 3): the error
/// is named only if a token was presented.
[[nodiscard]] std::string challenge_for(const Refusal& refusal);

/// The value of `WWW-Authenticate` that a 403 has for a caller who is known, but lacks this scope
/// (RFC 6750 section 3.1, `insufficient_scope`).
[[nodiscard]] std::string challenge_for_scope(std::string_view scope);

/// One header field of a request: its first value, and how often it occurred.
struct CredentialField {
    std::string_view value;
    std::size_t occurrences = 0;
};

/// What a request says about who sent it. Lent: the texts belong to the request.
struct Credentials {
    CredentialField authorization;  ///< `Authorization`
    CredentialField user_id;        ///< `X-User-Id`
    CredentialField user_scopes;    ///< `X-User-Scopes`
};

/// Decides who is asking. Any thread may call; never waits for anything outside the process.
class Authenticator {
public:
    virtual ~Authenticator() = default;

    /// The caller whom `credentials` prove at `now`, or why they prove nobody.
    [[nodiscard]] virtual std::expected<Caller, Refusal> authenticate(
        const Credentials& credentials, base::Instant now) const = 0;
};

}  // namespace dibs::identity
