#include "unit/identity/token_signer.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "identity/base64url.h"
#include "identity/hmac.h"

namespace dibs::identity {

namespace {

std::string number_bytes(const EVP_PKEY& key, const char* name, int size_bytes = 0) {
    BIGNUM* read = nullptr;
    base::ensure(EVP_PKEY_get_bn_param(&key, name, &read) == 1, "the key has this number");
    const BigNumber number(read);
    const int size = size_bytes == 0 ? BN_num_bytes(number.get()) : size_bytes;
    std::string bytes(static_cast<std::size_t>(size), '\0');
    BN_bn2binpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()), size);
    return bytes;
}

std::string member(std::string_view name, std::string_view bytes) {
    return ",\"" + std::string(name) + "\":\"" + encode_base64url(bytes) + "\"";
}

/// An ECDSA signature in DER as R and S of 32 bytes each.
std::string to_raw(const std::vector<unsigned char>& der) {
    const unsigned char* at = der.data();
    const std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>> pair(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    std::string raw(64, '\0');
    auto* const out = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + 32, 32);
    return raw;
}

}  // namespace

TokenSigner::TokenSigner(Algorithm algorithm, EvpKey key)
    : algorithm_(algorithm), key_(std::move(key)) {
    base::ensure(key_ != nullptr, "OpenSSL makes a key");
}

TokenSigner TokenSigner::rsa(unsigned size_bits) {
    return {Algorithm::rs256, EvpKey(EVP_RSA_gen(size_bits))};
}

TokenSigner TokenSigner::p256() {
    return {Algorithm::es256, EvpKey(EVP_EC_gen("P-256"))};
}

TokenSigner TokenSigner::ed25519() {
    return {Algorithm::eddsa, EvpKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))};
}

std::string TokenSigner::public_jwk(std::string_view members) const {
    std::string json;
    if (algorithm_ == Algorithm::rs256) {
        json = "{\"kty\":\"RSA\"" + member("n", number_bytes(*key_, OSSL_PKEY_PARAM_RSA_N)) +
               member("e", number_bytes(*key_, OSSL_PKEY_PARAM_RSA_E));
    } else if (algorithm_ == Algorithm::es256) {
        json = "{\"kty\":\"EC\",\"crv\":\"P-256\"" +
               member("x", number_bytes(*key_, OSSL_PKEY_PARAM_EC_PUB_X, 32)) +
               member("y", number_bytes(*key_, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
    } else {
        std::string bytes(32, '\0');
        std::size_t size = bytes.size();
        EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                    &size);
        json = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"" + member("x", bytes);
    }
    return json.append(members) + "}";
}

std::string TokenSigner::public_pem() const {
    const std::unique_ptr<BIO, FreeWith<BIO_free_all>> memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(memory.get(), key_.get());
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string TokenSigner::signature_over(std::string_view text) const {
    const EvpDigestContext context(EVP_MD_CTX_new());
    const char* const digest_name = algorithm_ == Algorithm::eddsa ? nullptr : "SHA256";
    EVP_DigestSignInit_ex(context.get(), nullptr, digest_name, nullptr, nullptr, key_.get(),
                          nullptr);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
    std::vector<unsigned char> signature(size);
    const bool is_signed =
        EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) == 1;
    base::ensure(is_signed, "OpenSSL signs");
    signature.resize(size);
    if (algorithm_ == Algorithm::es256) return to_raw(signature);
    return {signature.begin(), signature.end()};
}

std::string TokenSigner::sign(std::string_view header, std::string_view claims) const {
    const std::string text = signing_input(header, claims);
    return text + '.' + encode_base64url(signature_over(text));
}

std::string signing_input(std::string_view header, std::string_view claims) {
    return encode_base64url(header) + '.' + encode_base64url(claims);
}

std::string sign_with_secret(std::string_view secret, std::string_view header,
                             std::string_view claims) {
    const std::string text = signing_input(header, claims);
    const EvpMacContext context = make_hmac_context(Secret(secret));
    const HmacSha256 signature = compute_hmac(*context, text);
    return text + '.' +
           encode_base64url(
               std::string_view(reinterpret_cast<const char*>(signature.data()), signature.size()));
}

std::string key_set_of(std::string_view keys) {
    return "{\"keys\":[" + std::string(keys) + "]}";
}

}  // namespace dibs::identity
