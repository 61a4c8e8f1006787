// Goal: with a key set, a token is taken only from the key that it names, with that key's own
// algorithm. Method: tokens of three key pairs, right, swapped, tampered with and forged from what
// is public.

#include <gtest/gtest.h>

#include <string>

#include "identity/base64url.h"
#include "identity/json_web_token.h"
#include "unit/identity/token_signer.h"
#include "unit/identity/tokens.h"

namespace dibs::identity {
namespace {

const base::Instant now = at_second(999);

/// Three key pairs, made once: RSA keys take a while.
struct Signers {
    TokenSigner rsa = TokenSigner::rsa();
    TokenSigner p256 = TokenSigner::p256();
    TokenSigner ed25519 = TokenSigner::ed25519();
};

const Signers& signers() {
    static const Signers the_signers;
    return the_signers;
}

TokenVerifier verifier_of(const std::string& keys) {
    auto set = KeySet::parse(key_set_of(keys), "test");
    EXPECT_TRUE(set.is_ok());
    return TokenVerifier(*std::move(set), {});
}

/// All three keys, named r, e and o.
TokenVerifier verifier_of_all() {
    return verifier_of(signers().rsa.public_jwk(R"(,"kid":"r","alg":"RS256")") + "," +
                       signers().p256.public_jwk(R"(,"kid":"e")") + "," +
                       signers().ed25519.public_jwk(R"(,"kid":"o","use":"sig")"));
}

TEST(PublicKeyToken, IsTakenFromEachKindOfKey) {
    const TokenVerifier verifier = verifier_of_all();
    EXPECT_TRUE(verifier.is_costly());
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(verdict(verifier.verify(
                      signers().rsa.sign(R"({"alg":"RS256","kid":"r"})", alices_claims), now)),
                  "taken");
        EXPECT_EQ(verdict(verifier.verify(
                      signers().p256.sign(R"({"alg":"ES256","kid":"e"})", alices_claims), now)),
                  "taken");
        EXPECT_EQ(verdict(verifier.verify(
                      signers().ed25519.sign(R"({"alg":"EdDSA","kid":"o"})", alices_claims), now)),
                  "taken");
    }
}

TEST(PublicKeyToken, MustNameAKeyOfTheSet) {
    const TokenVerifier verifier = verifier_of_all();
    EXPECT_EQ(verdict(verifier.verify(
                  signers().rsa.sign(R"({"alg":"RS256","kid":"x"})", alices_claims), now)),
              "key-unknown");
    EXPECT_EQ(verdict(verifier.verify(
                  signers().rsa.sign(R"({"alg":"RS256","kid":""})", alices_claims), now)),
              "key-unknown");
    EXPECT_EQ(
        verdict(verifier.verify(signers().rsa.sign(R"({"alg":"RS256"})", alices_claims), now)),
        "key-unknown");
}

TEST(PublicKeyToken, NeedsNoNameWhereThereIsOneKey) {
    const TokenVerifier verifier = verifier_of(signers().rsa.public_jwk(R"(,"kid":"r")"));
    EXPECT_EQ(
        verdict(verifier.verify(signers().rsa.sign(R"({"alg":"RS256"})", alices_claims), now)),
        "taken");
    EXPECT_EQ(verdict(verifier.verify(
                  signers().rsa.sign(R"({"alg":"RS256","kid":"s"})", alices_claims), now)),
              "key-unknown");
}

TEST(PublicKeyToken, IsRefusedWithAnotherAlgorithmThanItsKeys) {
    const TokenVerifier verifier = verifier_of_all();
    for (const char* header :
         {R"({"alg":"none","kid":"r"})", R"({"alg":"HS256","kid":"r"})",
          R"({"alg":"PS256","kid":"r"})", R"({"alg":"RS512","kid":"r"})",
          R"({"alg":"ES256","kid":"r"})", R"({"alg":"RS256","kid":"e"})",
          R"({"alg":"EdDSA","kid":"e"})", R"({"alg":"ES256","kid":"o"})", R"({"kid":"r"})"}) {
        EXPECT_EQ(verdict(verifier.verify(signers().rsa.sign(header, alices_claims), now)),
                  "algorithm-refused")
            << header;
    }
}

TEST(PublicKeyToken, IsNotForgedWithThePublicKeyAsSecret) {
    const TokenVerifier verifier = verifier_of_all();
    const std::string pem = signers().rsa.public_pem();
    const std::string jwk = signers().rsa.public_jwk();
    for (const std::string& secret : {pem, pem.substr(0, pem.size() - 1), jwk}) {
        EXPECT_EQ(
            verdict(verifier.verify(
                sign_with_secret(secret, R"({"alg":"HS256","kid":"r"})", alices_claims), now)),
            "algorithm-refused");
        EXPECT_EQ(
            verdict(verifier.verify(
                sign_with_secret(secret, R"({"alg":"RS256","kid":"r"})", alices_claims), now)),
            "signature-wrong");
    }
}

TEST(PublicKeyToken, DoesNotBringItsOwnKey) {
    const TokenSigner forger = TokenSigner::ed25519();
    const TokenVerifier verifier = verifier_of_all();
    const std::string header = R"({"alg":"EdDSA","kid":"o","jwk":)" + forger.public_jwk() + "}";
    EXPECT_EQ(verdict(verifier.verify(forger.sign(header, alices_claims), now)), "signature-wrong");
}

TEST(PublicKeyToken, IsRefusedWithAFlippedBitAnywhereInItsSignature) {
    const TokenVerifier verifier = verifier_of_all();
    const std::string tokens[] = {
        signers().rsa.sign(R"({"alg":"RS256","kid":"r"})", alices_claims),
        signers().p256.sign(R"({"alg":"ES256","kid":"e"})", alices_claims),
        signers().ed25519.sign(R"({"alg":"EdDSA","kid":"o"})", alices_claims)};
    for (const std::string& token : tokens) {
        const std::string text = token.substr(0, token.rfind('.') + 1);
        const std::string signature = decode_base64url(token.substr(text.size())).value();
        for (std::size_t at = 0; at < signature.size(); ++at) {
            std::string flipped = signature;
            flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
            EXPECT_EQ(verdict(verifier.verify(text + encode_base64url(flipped), now)),
                      "signature-wrong");
        }
        for (const std::string& other : {signature.substr(1), signature + '\0', '\0' + signature,
                                         std::string(), std::string(64, '\0')}) {
            EXPECT_EQ(verdict(verifier.verify(text + encode_base64url(other), now)),
                      "signature-wrong");
        }
    }
}

TEST(PublicKeyToken, IsRefusedWhenItsClaimsWereChanged) {
    const std::string token = signers().p256.sign(R"({"alg":"ES256","kid":"e"})", alices_claims);
    const std::string changed =
        signing_input(R"({"alg":"ES256","kid":"e"})", R"({"sub":"mallory","exp":1000})") +
        token.substr(token.rfind('.'));
    EXPECT_EQ(verdict(verifier_of_all().verify(changed, now)), "signature-wrong");
}

TEST(PublicKeyToken, DoesNotPassASecretsVerifier) {
    const TokenVerifier verifier(
        KeySet::of_secret(Secret("a secret of more than thirty-two bytes")), {});
    EXPECT_FALSE(verifier.is_costly());
    EXPECT_EQ(
        verdict(verifier.verify(signers().rsa.sign(R"({"alg":"RS256"})", alices_claims), now)),
        "algorithm-refused");
    EXPECT_EQ(
        verdict(verifier.verify(signers().rsa.sign(R"({"alg":"HS256"})", alices_claims), now)),
        "signature-wrong");
}

}  // namespace
}  // namespace dibs::identity
