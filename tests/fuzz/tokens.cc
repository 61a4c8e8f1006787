// Goal: no token proves anything unless it is signed with the secret, and no claims of a signed
// one, however they are made, prove more than they say. Method: the first byte chooses: the input
// is a token as it came, or claims that are signed here, with OpenSSL and none of the project's
// code, or a key set. Whether a token is signed is found out here likewise.

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>

#include "fuzz/fuzzing.h"
#include "identity/json_web_token.h"
#include "identity/key_set.h"

namespace {

using dibs::fuzz::require;

constexpr std::string_view secret = "a secret of exactly 32 bytes, so";
constexpr std::string_view header = "eyJhbGciOiJIUzI1NiJ9";  // {"alg":"HS256"}
constexpr dibs::base::Instant now = dibs::base::from_microseconds(1'795'676'766'000'000);

std::string to_base64url(const unsigned char* bytes, std::size_t size) {
    std::string text(4 * ((size + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes,
                                       static_cast<int>(size));
    text.resize(static_cast<std::size_t>(length));
    text.erase(text.find_last_not_of('=') + 1);
    for (char& c : text) {
        if (c == '+') c = '-';
        if (c == '/') c = '_';
    }
    return text;
}

std::string signature_of(std::string_view signed_part) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), mac.data(),
         &size);
    return to_base64url(mac.data(), size);
}

bool is_signed(std::string_view token) {
    const std::size_t dot = token.rfind('.');
    return dot != std::string_view::npos &&
           token.substr(dot + 1) == signature_of(token.substr(0, dot));
}

void verify(std::string_view token, const dibs::identity::ExpectedClaims& expected) {
    static const dibs::identity::Secret key(secret);
    const dibs::identity::TokenVerifier verifier(dibs::identity::KeySet::of_secret(key), expected);
    const auto verified = verifier.verify(token, now);
    if (!verified) return;
    require(is_signed(token), "what proves something is signed");
    require(verified->valid_from <= now && now < verified->expires_at, "it is valid now");
    require(token.size() <= dibs::identity::token_size_max_bytes, "it is within its limit");
    // A clock that has gone past its end believes it no longer.
    require(!verifier.verify(token, verified->expires_at), "it ends");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest = dibs::fuzz::text_of(data, size);
    const unsigned choice = dibs::fuzz::take_byte(rest);
    const dibs::identity::ExpectedClaims expected =
        (choice & 4U) != 0 ? dibs::identity::ExpectedClaims{.issuer = "shop", .audience = "dibs"}
                           : dibs::identity::ExpectedClaims{};
    switch (choice % 4) {
        case 0: verify(rest, expected); break;
        case 1: static_cast<void>(dibs::identity::KeySet::parse(rest, "fuzz")); break;
        default: {
            const std::string claims =
                to_base64url(reinterpret_cast<const unsigned char*>(rest.data()), rest.size());
            const std::string signed_part = std::string(header) + '.' + claims;
            verify(signed_part + '.' + signature_of(signed_part), expected);
        }
    }
    return 0;
}
