#include "identity/authenticator.h"

namespace dibs::identity {

namespace {

constexpr std::string_view bearer_challenge = "Bearer realm=\"dibs\"";

}  // namespace

std::string_view name_of(RefusalReason reason) {
    switch (reason) {
        case RefusalReason::credentials_missing: return "credentials-missing";
        case RefusalReason::credentials_repeated: return "credentials-repeated";
        case RefusalReason::credentials_malformed: return "credentials-malformed";
        case RefusalReason::token_too_large: return "token-too-large";
        case RefusalReason::token_malformed: return "token-malformed";
        case RefusalReason::algorithm_refused: return "algorithm-refused";
        case RefusalReason::key_unknown: return "key-unknown";
        case RefusalReason::signature_wrong: return "signature-wrong";
        case RefusalReason::token_expired: return "token-expired";
        case RefusalReason::token_not_yet_valid: return "token-not-yet-valid";
        case RefusalReason::issuer_wrong: return "issuer-wrong";
        case RefusalReason::audience_wrong: return "audience-wrong";
        case RefusalReason::user_malformed: return "user-malformed";
    }
    return "unknown";
}

std::string challenge_for(const Refusal& refusal) {
    std::string challenge(bearer_challenge);
    // RFC 6750 section 3.1: whoever presented nothing is told how to, and nothing more.
    if (refusal.reason == RefusalReason::credentials_missing) return challenge;
    const bool is_request_wrong = refusal.reason == RefusalReason::credentials_repeated ||
                                  refusal.reason == RefusalReason::credentials_malformed;
    challenge += is_request_wrong ? ", error=\"invalid_request\"" : ", error=\"invalid_token\"";
    challenge += ", error_description=\"";
    challenge += refusal.sentence;
    challenge += '"';
    return challenge;
}

std::string challenge_for_scope(std::string_view scope) {
    std::string challenge(bearer_challenge);
    challenge += ", error=\"insufficient_scope\", scope=\"";
    challenge += scope;
    challenge += '"';
    return challenge;
}

}  // namespace dibs::identity
