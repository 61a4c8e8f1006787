#include "identity/json_web_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "identity/base64url.h"
#include "identity/public_key_import.h"

namespace dibs::identity {

namespace {

namespace json = boost::json;

base::Failure malformed(std::string what) {
    return {base::FailureKind::invalid, std::move(what)};
}

std::string quoted(std::string_view text) {
    std::string out;
    base::log::append_json_string(out, text);
    return out;
}

/// The text of an optional member; a failure if it is there and is no text.
base::Result<std::optional<std::string>> optional_text(const json::object& members,
                                                       std::string_view name) {
    const json::value* const value = members.if_contains(name);
    if (value == nullptr) return std::optional<std::string>();
    const json::string* const text = value->if_string();
    if (text == nullptr) return malformed(fmt::format("\"{}\" is not a string", name));
    return std::optional<std::string>(std::in_place, text->data(), text->size());
}

/// The bytes of a member that must be there in base64url.
base::Result<std::string> required_bytes(const json::object& members, std::string_view name) {
    const auto text = optional_text(members, name);
    if (!text) return text.failure();
    if (!text->has_value()) return malformed(fmt::format("\"{}\" is missing", name));
    std::optional<std::string> bytes = decode_base64url(**text);
    if (!bytes || bytes->empty()) {
        return malformed(fmt::format("\"{}\" is not base64url without padding", name));
    }
    return *std::move(bytes);
}

/// Why the key is not for verifying signatures; empty if it is.
base::Result<std::string> other_purpose(const json::object& members) {
    const auto use = optional_text(members, "use");
    if (!use) return use.failure();
    if (use->has_value() && **use != "sig") {
        return fmt::format("its use is {}, not \"sig\"", quoted(**use));
    }
    const json::value* const operations = members.if_contains("key_ops");
    if (operations == nullptr) return std::string();
    const json::array* const list = operations->if_array();
    if (list == nullptr) return malformed("\"key_ops\" is not an array");
    const bool is_for_verifying = std::any_of(list->begin(), list->end(), [](const auto& item) {
        return item.is_string() && item.get_string() == "verify";
    });
    return is_for_verifying ? std::string() : std::string("its key_ops do not include \"verify\"");
}

/// The algorithm that a type of key is for, and the curve that it must be on, if any.
struct KeyType {
    std::string_view name;
    Algorithm algorithm;
    std::string_view curve;
};

constexpr KeyType key_types[] = {
    {"RSA", Algorithm::rs256, ""},
    {"EC", Algorithm::es256, "P-256"},
    {"OKP", Algorithm::eddsa, "Ed25519"},
};

base::Result<EvpKey> import_key(const json::object& members, Algorithm algorithm) {
    if (algorithm == Algorithm::rs256) {
        const auto modulus = required_bytes(members, "n");
        if (!modulus) return modulus.failure();
        const auto exponent = required_bytes(members, "e");
        if (!exponent) return exponent.failure();
        return import_rsa_key(*modulus, *exponent);
    }
    const auto x = required_bytes(members, "x");
    if (!x) return x.failure();
    if (algorithm == Algorithm::eddsa) return import_ed25519_key(*x);
    const auto y = required_bytes(members, "y");
    if (!y) return y.failure();
    return import_p256_key(*x, *y);
}

/// Why a key of this type is left out; empty if it is usable. Fails if its `alg` is one of ours but
/// another type's.
base::Result<std::string> unusable(const json::object& members, const KeyType& type) {
    if (!type.curve.empty()) {
        const auto curve = optional_text(members, "crv");
        if (!curve) return curve.failure();
        if (!curve->has_value()) return malformed("\"crv\" is missing");
        if (**curve != type.curve) return fmt::format("its curve is {}", quoted(**curve));
    }
    const auto algorithm = optional_text(members, "alg");
    if (!algorithm) return algorithm.failure();
    if (!algorithm->has_value() || **algorithm == name_of(type.algorithm)) return std::string();
    for (const Algorithm other :
         {Algorithm::hs256, Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
        if (**algorithm == name_of(other)) {
            return malformed(fmt::format("its type is {}, but \"alg\" is {}", quoted(type.name),
                                         quoted(**algorithm)));
        }
    }
    return fmt::format("its algorithm is {}", quoted(**algorithm));
}

}  // namespace

base::Result<JsonWebKey> read_json_web_key(const json::object& members) {
    JsonWebKey result;
    auto key_id = optional_text(members, "kid");
    if (!key_id) return key_id.failure();
    result.key_id = *std::move(key_id);

    const auto type_name = optional_text(members, "kty");
    if (!type_name) return type_name.failure();
    if (!type_name->has_value()) return malformed("\"kty\" is missing");
    // Whoever can read the file could sign; and a secret that the file's other readers know is
    // none.
    if (**type_name == "oct") return malformed("is symmetric; a key set holds public keys only");
    if (members.contains("d")) return malformed("is private; a key set holds public keys only");

    auto reason = other_purpose(members);
    if (!reason) return reason.failure();
    result.skipped_because = *std::move(reason);
    if (!result.skipped_because.empty()) return result;

    const auto* const type =
        std::find_if(std::begin(key_types), std::end(key_types),
                     [&](const KeyType& known) { return known.name == **type_name; });
    if (type == std::end(key_types)) {
        result.skipped_because = fmt::format("its type is {}", quoted(**type_name));
        return result;
    }
    reason = unusable(members, *type);
    if (!reason) return reason.failure();
    result.skipped_because = *std::move(reason);
    if (!result.skipped_because.empty()) return result;

    auto key = import_key(members, type->algorithm);
    if (!key) return key.failure();
    result.key = make_public_key(type->algorithm, *std::move(key));
    return result;
}

}  // namespace dibs::identity
