// Goal: signatures of others' making are recognised, for each algorithm. Method: the examples of
// RFC 7515 appendix A and RFC 8037 appendix A, each asked more than once, because contexts are
// reused.

#include "identity/verification_key.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include <string>

#include "identity/base64url.h"
#include "identity/key_set.h"
#include "unit/identity/token_signer.h"

namespace dibs::identity {
namespace {

/// The claims that the examples of RFC 7515 share.
constexpr std::string_view example_claims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";

void expect_verified(const VerificationKey& key, const std::string& text,
                     std::string_view encoded_signature) {
    const std::string signature = decode_base64url(encoded_signature).value();
    for (int round = 0; round < 3; ++round) {
        EXPECT_TRUE(key.verifies(text, signature));
        EXPECT_FALSE(key.verifies(text + "x", signature));
        std::string flipped = signature;
        flipped.back() = static_cast<char>(flipped.back() ^ 1);
        EXPECT_FALSE(key.verifies(text, flipped));
        EXPECT_FALSE(key.verifies(text, signature.substr(1)));
        EXPECT_FALSE(key.verifies(text, signature + '\0'));
        EXPECT_FALSE(key.verifies(text, ""));
        // OpenSSL's errors are the thread's: one left behind would be taken for somebody else's.
        EXPECT_EQ(ERR_peek_error(), 0U);
    }
}

KeySet key_set(std::string_view key) {
    auto keys = KeySet::parse(key_set_of(key), "example");
    EXPECT_TRUE(keys.is_ok());
    return *std::move(keys);
}

TEST(VerificationKey, TakesTheHs256ExampleOfRfc7515) {
    const Secret secret(decode_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"
                                         "aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
                            .value());
    const auto key = make_secret_key(secret);
    EXPECT_EQ(key->algorithm(), Algorithm::hs256);
    expect_verified(*key, "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + std::string(example_claims),
                    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST(VerificationKey, TakesTheRs256ExampleOfRfc7515) {
    const KeySet keys = key_set(
        R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPdd)"
        "xHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soM"
        "Zo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTB"
        "QY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
        R"(TW9gb54h4FRWyuXpoQ"})");
    const VerificationKey* const key = keys.find(std::nullopt);
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->algorithm(), Algorithm::rs256);
    expect_verified(
        *key, "eyJhbGciOiJSUzI1NiJ9." + std::string(example_claims),
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2F"
        "p5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQB"
        "MHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeY"
        "I2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
}

TEST(VerificationKey, TakesTheEs256ExampleOfRfc7515) {
    const KeySet keys =
        key_set(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
    const VerificationKey* const key = keys.find(std::nullopt);
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->algorithm(), Algorithm::es256);
    expect_verified(
        *key, "eyJhbGciOiJFUzI1NiJ9." + std::string(example_claims),
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg"
        "6NU1Q");
}

TEST(VerificationKey, TakesTheEd25519ExampleOfRfc8037) {
    const KeySet keys = key_set(
        R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
    const VerificationKey* const key = keys.find(std::nullopt);
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->algorithm(), Algorithm::eddsa);
    expect_verified(
        *key, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_Mu"
        "M0KAg");
}

TEST(VerificationKey, TakesNoEs256SignatureOfZeros) {
    const KeySet keys = key_set(TokenSigner::p256().public_jwk());
    EXPECT_FALSE(keys.find(std::nullopt)->verifies("text", std::string(64, '\0')));
}

}  // namespace
}  // namespace dibs::identity
