#include "identity/public_key_import.h"

#include <openssl/core_names.h>
#include <openssl/err.h>

#include <string>

#include "base/ensure.h"
#include "identity/unsigned_bytes.h"

namespace dibs::identity {

namespace {

// RFC 7518 section 3.3: "A key of size 2048 bits or larger MUST be used".
constexpr int rsa_size_min_bits = 2048;
// The largest modulus that OpenSSL verifies with (OPENSSL_RSA_MAX_MODULUS_BITS).
constexpr int rsa_size_max_bits = 16384;
// RFC 7518 section 6.2.1.2; RFC 8032 section 5.1.5.
constexpr std::size_t coordinate_size_bytes = 32;

BigNumber to_number(std::string_view bytes) {
    BigNumber number(BN_bin2bn(unsigned_bytes(bytes), static_cast<int>(bytes.size()), nullptr));
    base::ensure(number != nullptr, "OpenSSL has memory for a number");
    return number;
}

/// The public key that the builder's parameters describe, checked for soundness; null if there is
/// none such.
EvpKey import_checked(const char* type, OSSL_PARAM_BLD& builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(&builder));
    const EvpKeyContext importing(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    base::ensure(parameters && importing, "OpenSSL knows RSA, EC and Ed25519");
    EVP_PKEY* made = nullptr;
    const bool is_made =
        EVP_PKEY_fromdata_init(importing.get()) == 1 &&
        EVP_PKEY_fromdata(importing.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1;
    EvpKey key(made);
    const EvpKeyContext checking(is_made ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr)
                                         : nullptr);
    const bool is_sound = checking && EVP_PKEY_public_check(checking.get()) == 1;
    ERR_clear_error();
    if (!is_sound) key.reset();
    return key;
}

}  // namespace

base::Result<EvpKey> import_rsa_key(std::string_view modulus, std::string_view exponent) {
    const BigNumber n = to_number(modulus);
    const BigNumber e = to_number(exponent);
    const int size_bits = BN_num_bits(n.get());
    if (size_bits < rsa_size_min_bits) {
        return base::invalid("an RSA key of " + std::to_string(size_bits) + " bits is too weak; " +
                             std::to_string(rsa_size_min_bits) + " or more are needed");
    }
    if (size_bits > rsa_size_max_bits) {
        return base::invalid("an RSA key of " + std::to_string(size_bits) + " bits is too large; " +
                             std::to_string(rsa_size_max_bits) + " is the most");
    }
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    const bool is_built =
        builder && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
    base::ensure(is_built, "OpenSSL has memory for a key");
    EvpKey key = import_checked("RSA", *builder);
    if (!key) return base::invalid("\"n\" and \"e\" do not make an RSA key");
    return key;
}

base::Result<EvpKey> import_p256_key(std::string_view x, std::string_view y) {
    if (x.size() != coordinate_size_bytes || y.size() != coordinate_size_bytes) {
        return base::invalid("\"x\" and \"y\" of P-256 are not 32 bytes each");
    }
    // SEC 1 section 2.3.3: the uncompressed form of a point.
    std::string point = "\x04";
    point.append(x).append(y);
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    const bool is_built = builder &&
                          OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                                          "prime256v1", 0) == 1 &&
                          OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                           point.data(), point.size()) == 1;
    base::ensure(is_built, "OpenSSL has memory for a key");
    EvpKey key = import_checked("EC", *builder);
    if (!key) return base::invalid("\"x\" and \"y\" are not a point of P-256");
    return key;
}

base::Result<EvpKey> import_ed25519_key(std::string_view x) {
    if (x.size() != coordinate_size_bytes) return base::invalid("\"x\" of Ed25519 is not 32 bytes");
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    const bool is_built =
        builder && OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                    x.data(), x.size()) == 1;
    base::ensure(is_built, "OpenSSL has memory for a key");
    EvpKey key = import_checked("ED25519", *builder);
    if (!key) return base::invalid("\"x\" is not an Ed25519 key");
    return key;
}

}  // namespace dibs::identity
