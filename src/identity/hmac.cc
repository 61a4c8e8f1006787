#include "identity/hmac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <string>

#include "base/ensure.h"
#include "identity/unsigned_bytes.h"

namespace dibs::identity {

EvpMacContext make_hmac_context(const Secret& secret) {
    const EvpMac mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
    EvpMacContext context(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
    std::string digest_name = OSSL_DIGEST_NAME_SHA2_256;
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name.data(), 0),
        OSSL_PARAM_construct_end()};
    const bool is_ready = context && EVP_MAC_init(context.get(), unsigned_bytes(secret.bytes()),
                                                  secret.bytes().size(), parameters.data()) == 1;
    base::ensure(is_ready, "OpenSSL offers HMAC with SHA-256");
    return context;
}

HmacSha256 compute_hmac(EVP_MAC_CTX& context, std::string_view text) {
    HmacSha256 result{};
    std::size_t size = 0;
    // With no key given the context starts over under the key that it has.
    const bool is_computed = EVP_MAC_init(&context, nullptr, 0, nullptr) == 1 &&
                             EVP_MAC_update(&context, unsigned_bytes(text), text.size()) == 1 &&
                             EVP_MAC_final(&context, result.data(), &size, result.size()) == 1;
    base::ensure(is_computed && size == result.size(), "an HMAC over text in memory is computed");
    return result;
}

}  // namespace dibs::identity
