#include "identity/verification_key.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "identity/context_shelf.h"
#include "identity/hmac.h"
#include "identity/unsigned_bytes.h"

namespace dibs::identity {

namespace {

class SecretKey final : public VerificationKey {
public:
    explicit SecretKey(const Secret& secret) : secret_(secret.bytes()) {}

    [[nodiscard]] Algorithm algorithm() const override { return Algorithm::hs256; }

    [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const override {
        EvpMacContext context = contexts_.take();
        if (!context) context = make_hmac_context(secret_);
        const HmacSha256 expected = compute_hmac(*context, text);
        contexts_.put_back(std::move(context));
        // In constant time: how long a comparison took must not tell how much of it was right.
        return signature.size() == expected.size() &&
               CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
    }

private:
    const Secret secret_;
    mutable ContextShelf<EvpMacContext> contexts_;
};

// RFC 7518 section 3.4: R and S, each as long as the curve's order.
constexpr std::size_t es256_number_size_bytes = 32;
// RFC 8032 section 5.1.6.
constexpr std::size_t ed25519_signature_size_bytes = 64;

/// A JWS's R and S as the DER structure that OpenSSL reads; empty if their size is wrong.
std::vector<unsigned char> to_der(std::string_view signature) {
    if (signature.size() != 2 * es256_number_size_bytes) return {};
    const unsigned char* const bytes = unsigned_bytes(signature);
    BigNumber r(BN_bin2bn(bytes, es256_number_size_bytes, nullptr));
    BigNumber s(BN_bin2bn(bytes + es256_number_size_bytes, es256_number_size_bytes, nullptr));
    const std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
    base::ensure(r && s && pair && ECDSA_SIG_set0(pair.get(), r.get(), s.get()) == 1,
                 "OpenSSL has memory for two numbers");
    // The pair owns them from here on.
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* allocated = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &allocated);
    base::ensure(size > 0, "OpenSSL writes two numbers as DER");
    std::vector<unsigned char> der(allocated, allocated + size);
    OPENSSL_free(allocated);
    return der;
}

class PublicKey final : public VerificationKey {
public:
    PublicKey(Algorithm algorithm, EvpKey key) : algorithm_(algorithm), key_(std::move(key)) {}

    [[nodiscard]] Algorithm algorithm() const override { return algorithm_; }

    [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const override {
        std::vector<unsigned char> der;
        const unsigned char* bytes = unsigned_bytes(signature);
        std::size_t size = signature.size();
        if (algorithm_ == Algorithm::es256) {
            der = to_der(signature);
            if (der.empty()) return false;
            bytes = der.data();
            size = der.size();
        } else if (algorithm_ == Algorithm::eddsa && size != ed25519_signature_size_bytes) {
            return false;
        }
        EvpDigestContext context = contexts_.take();
        if (!context) context.reset(EVP_MD_CTX_new());
        base::ensure(context != nullptr, "OpenSSL has memory for a context");
        // Ed25519 hashes by itself (RFC 8032 section 5.1.7). RSA's padding is PKCS #1 v1.5 unless
        // told otherwise, which is what RS256 means (RFC 7518 section 3.3).
        const char* const digest_name = algorithm_ == Algorithm::eddsa ? nullptr : "SHA256";
        const bool is_ready = EVP_DigestVerifyInit_ex(context.get(), nullptr, digest_name, nullptr,
                                                      nullptr, key_.get(), nullptr) == 1;
        base::ensure(is_ready, "OpenSSL verifies with a key that it took");
        const bool is_right =
            EVP_DigestVerify(context.get(), bytes, size, unsigned_bytes(text), text.size()) == 1;
        // A wrong signature leaves its reason in the thread's queue, where it would be taken for
        // somebody else's error.
        if (!is_right) ERR_clear_error();
        EVP_MD_CTX_reset(context.get());
        contexts_.put_back(std::move(context));
        return is_right;
    }

private:
    const Algorithm algorithm_;
    const EvpKey key_;
    mutable ContextShelf<EvpDigestContext> contexts_;
};

}  // namespace

std::string_view name_of(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::hs256: return "HS256";
        case Algorithm::rs256: return "RS256";
        case Algorithm::es256: return "ES256";
        case Algorithm::eddsa: return "EdDSA";
    }
    return "unknown";
}

std::unique_ptr<VerificationKey> make_secret_key(const Secret& secret) {
    return std::make_unique<SecretKey>(secret);
}

std::unique_ptr<VerificationKey> make_public_key(Algorithm algorithm, EvpKey key) {
    base::ensure(algorithm != Algorithm::hs256, "a public key is never used as a secret");
    return std::make_unique<PublicKey>(algorithm, std::move(key));
}

}  // namespace dibs::identity
