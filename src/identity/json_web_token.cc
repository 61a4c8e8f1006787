#include "identity/json_web_token.h"

#include <boost/json/object.hpp>
#include <utility>

#include "identity/base64url.h"
#include "identity/claims.h"
#include "identity/strict_json.h"

namespace dibs::identity {

namespace {

namespace json = boost::json;

/// The three parts of a JWS in compact form (RFC 7515 section 7.1), still encoded.
struct CompactParts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signed_text;  ///< Header, dot and payload, as they came.
};

std::optional<CompactParts> split(std::string_view token) {
    const std::size_t first = token.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = token.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    // A dot in the signature is no base64url: a token of five parts (JWE) fails there.
    return CompactParts{.header = token.substr(0, first),
                        .payload = token.substr(first + 1, second - first - 1),
                        .signature = token.substr(second + 1),
                        .signed_text = token.substr(0, second)};
}

std::optional<json::object> decode_object(std::string_view text) {
    const std::optional<std::string> bytes = decode_base64url(text);
    if (!bytes) return std::nullopt;
    return parse_strict_object(*bytes);
}

/// The key that the header's token must be signed with. What the header says only narrows down what
/// the configuration allows: `kid` picks one of the configured keys, and `alg` has to be that key's
/// own.
std::expected<const VerificationKey*, Refusal> choose_key(const json::object& header,
                                                          const KeySet& keys) {
    // RFC 7515 section 4.1.11: what is critical must be understood, and none of it is here.
    if (header.contains("crit")) {
        return std::unexpected(Refusal(RefusalReason::token_malformed,
                                       "The token has critical extensions, which are not taken."));
    }
    std::optional<std::string_view> key_id;
    if (const json::value* named = header.if_contains("kid")) {
        const json::string* const text = named->if_string();
        if (text == nullptr) {
            return std::unexpected(
                Refusal(RefusalReason::token_malformed, "The token's kid is no string."));
        }
        key_id = std::string_view(text->data(), text->size());
    }
    const VerificationKey* const key = keys.find(key_id);
    if (key == nullptr) {
        return std::unexpected(
            Refusal(RefusalReason::key_unknown, "The token names no key that is known here."));
    }
    const json::value* const algorithm = header.if_contains("alg");
    if (algorithm == nullptr || !algorithm->is_string() ||
        std::string_view(algorithm->get_string()) != name_of(key->algorithm())) {
        return std::unexpected(Refusal(RefusalReason::algorithm_refused,
                                       "The token's algorithm is not the configured one."));
    }
    return key;
}

}  // namespace

TokenVerifier::TokenVerifier(KeySet keys, ExpectedClaims expected)
    : keys_(std::move(keys)), expected_(std::move(expected)) {}

std::expected<VerifiedToken, Refusal> TokenVerifier::verify(std::string_view token,
                                                            base::Instant now) const {
    if (token.size() > token_size_max_bytes) {
        return std::unexpected(
            Refusal(RefusalReason::token_too_large, "The token is larger than 8 KiB."));
    }
    const std::optional<CompactParts> parts = split(token);
    const std::optional<json::object> header = parts ? decode_object(parts->header) : std::nullopt;
    const std::optional<std::string> signature =
        parts ? decode_base64url(parts->signature) : std::nullopt;
    if (!header || !signature) {
        return std::unexpected(Refusal(RefusalReason::token_malformed,
                                       "The token is not a signed token in compact form."));
    }
    const std::expected<const VerificationKey*, Refusal> key = choose_key(*header, keys_);
    if (!key) return std::unexpected(key.error());
    if (!(*key)->verifies(parts->signed_text, *signature)) {
        return std::unexpected(
            Refusal(RefusalReason::signature_wrong, "The token's signature is wrong."));
    }
    // Only what is signed is looked into: a stranger's text gets no further than this.
    const std::optional<json::object> claims = decode_object(parts->payload);
    if (!claims) {
        return std::unexpected(Refusal(RefusalReason::token_malformed,
                                       "The token's claims are not a JSON object with distinct "
                                       "names."));
    }
    return check_claims(*claims, expected_, now);
}

}  // namespace dibs::identity
