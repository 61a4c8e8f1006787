// Goal: a key set is believed only if every key in it is sound, and a failure says which is not.
// Method: sets of one good key and one of every bad kind, with the line that each must give.

#include "identity/key_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "unit/identity/temporary_folder.h"
#include "unit/identity/token_signer.h"

namespace dibs::identity {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string good_point = R"("x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                               R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")";
const std::string good_key = R"({"kty":"EC","crv":"P-256","kid":"good",)" + good_point + "}";

/// What is wrong with a set of the good key and this one; `fine` if nothing is.
std::string complaint(std::string_view key) {
    const auto set = KeySet::parse(key_set_of(good_key + "," + std::string(key)), "keys.json");
    return set ? "fine" : set.failure().what;
}

/// Why a set of the good key and this one leaves this one out.
std::vector<std::string> left_out(std::string_view key) {
    const auto set = KeySet::parse(key_set_of(good_key + "," + std::string(key)), "keys.json");
    if (!set) return {"failed: " + set.failure().what};
    EXPECT_EQ(set->size(), 2 - set->skipped().size());
    return set->skipped();
}

TEST(KeySet, IsReadFromAFile) {
    const TemporaryFolder folder;
    const auto set = KeySet::open(folder.write("keys.json", key_set_of(good_key)));
    ASSERT_TRUE(set.is_ok());
    EXPECT_EQ(set->size(), 1U);
    EXPECT_NE(set->find("good"), nullptr);
    EXPECT_NE(set->find(std::nullopt), nullptr);
    EXPECT_EQ(set->find("bad"), nullptr);
    EXPECT_TRUE(set->are_public());
}

TEST(KeySet, FailsWithTheFilesName) {
    const TemporaryFolder folder;
    EXPECT_EQ(KeySet::open(folder.path_of("missing")).failure().what,
              folder.path_of("missing") + ": cannot be read: No such file or directory");
    EXPECT_EQ(KeySet::open(folder.write("text", "hello")).failure().what,
              folder.path_of("text") + ": is not a JSON object with distinct names");
    EXPECT_THAT(
        KeySet::open(folder.write("huge", std::string(1024 * 1024 + 1, ' '))).failure().what,
        HasSubstr("is larger than 1048576 bytes"));
}

TEST(KeySet, MustBeAnObjectWithAListOfKeys) {
    for (const char* text : {"{}", R"({"keys":{}})", R"({"keys":null})"}) {
        EXPECT_EQ(KeySet::parse(text, "keys.json").failure().what,
                  "keys.json: is not a JSON Web Key Set: it has no array \"keys\"");
    }
    EXPECT_EQ(KeySet::parse(R"({"keys":[],"keys":[]})", "keys.json").failure().what,
              "keys.json: is not a JSON object with distinct names");
    EXPECT_EQ(KeySet::parse(R"({"keys":[]})", "keys.json").failure().what,
              "keys.json: has no key that RS256, ES256 or EdDSA can verify with");
    EXPECT_EQ(KeySet::parse(R"({"keys":[{"kty":"lattice"}]})", "keys.json").failure().what,
              "keys.json: has no key that RS256, ES256 or EdDSA can verify with");
}

TEST(KeySet, RefusesToStartWithAMalformedKey) {
    const std::pair<std::string, std::string> table[] = {
        {"7", "key 2: is not an object"},
        {"{}", "key 2: \"kty\" is missing"},
        {R"({"kty":7,"kid":"k"})", "key 2 (kid \"k\"): \"kty\" is not a string"},
        {R"({"kty":"RSA","kid":7})", "key 2: \"kid\" is not a string"},
        {R"({"kty":"RSA","kid":"a\nb"})", "key 2 (kid \"a\\u000ab\"): \"n\" is missing"},
        {R"({"kty":"RSA","n":"AQAB"})", "key 2: \"e\" is missing"},
        {R"({"kty":"RSA","n":"AQ==","e":"AQAB"})", "key 2: \"n\" is not base64url without padding"},
        {R"({"kty":"RSA","n":"","e":"AQAB"})", "key 2: \"n\" is not base64url without padding"},
        {R"({"kty":"EC",)" + good_point + "}", "key 2: \"crv\" is missing"},
        {R"({"kty":"EC","crv":7,)" + good_point + "}", "key 2: \"crv\" is not a string"},
        {R"({"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"})",
         "key 2: \"x\" and \"y\" of P-256 are not 32 bytes each"},
        {R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
         R"("y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})",
         "key 2: \"x\" and \"y\" are not a point of P-256"},
        {R"({"kty":"OKP","crv":"Ed25519"})", "key 2: \"x\" is missing"},
        {R"({"kty":"OKP","crv":"Ed25519","x":"AQAB"})", "key 2: \"x\" of Ed25519 is not 32 bytes"},
        {R"({"kty":"EC","crv":"P-256","alg":"RS256",)" + good_point + "}",
         "key 2: its type is \"EC\", but \"alg\" is \"RS256\""},
        {R"({"kty":"EC","crv":"P-256","alg":"HS256",)" + good_point + "}",
         "key 2: its type is \"EC\", but \"alg\" is \"HS256\""},
        {R"({"kty":"EC","crv":"P-256","alg":7,)" + good_point + "}",
         "key 2: \"alg\" is not a string"},
        {R"({"kty":"EC","crv":"P-256","use":7,)" + good_point + "}",
         "key 2: \"use\" is not a string"},
        {R"({"kty":"EC","crv":"P-256","key_ops":"verify",)" + good_point + "}",
         "key 2: \"key_ops\" is not an array"},
        {R"({"kty":"oct","k":"AQAB"})", "key 2: is symmetric; a key set holds public keys only"},
        {R"({"kty":"EC","crv":"P-256","d":"AQAB",)" + good_point + "}",
         "key 2: is private; a key set holds public keys only"},
        {good_key, "key 2 (kid \"good\"): another key has the same \"kid\""},
    };
    for (const auto& [key, expected] : table) {
        EXPECT_EQ(complaint(key), "keys.json: " + expected) << key;
    }
}

TEST(KeySet, RefusesWeakAndImpossibleRsaKeys) {
    EXPECT_EQ(complaint(TokenSigner::rsa(1024).public_jwk()),
              "keys.json: key 2: an RSA key of 1024 bits is too weak; 2048 or more are needed");
    const std::string modulus = "\"n\":\"" + std::string(342, '_') + "\"";
    EXPECT_EQ(complaint(R"({"kty":"RSA","e":"Ag",)" + modulus + "}"),
              "keys.json: key 2: \"n\" is not base64url without padding");
    const std::string even = "\"n\":\"" + std::string(340, '_') + "AA\"";
    EXPECT_EQ(complaint(R"({"kty":"RSA","e":"AQAB",)" + even + "}"),
              "keys.json: key 2: \"n\" and \"e\" do not make an RSA key");
    EXPECT_EQ(complaint(R"({"kty":"RSA","e":"AQAB","n":")" + std::string(2732, '_') + "\"}"),
              "keys.json: key 2: an RSA key of 16392 bits is too large; 16384 is the most");
}

TEST(KeySet, LeavesOutKeysForOtherUses) {
    const auto with = [](std::string_view members) {
        return R"({"kty":"EC","crv":"P-256","kid":"k",)" + good_point + std::string(members) + "}";
    };
    EXPECT_THAT(left_out(with(R"(,"use":"sig","key_ops":["verify"],"alg":"ES256")")),
                ElementsAre());
    EXPECT_THAT(left_out(with(R"(,"use":"enc")")),
                ElementsAre("keys.json: key 2 (kid \"k\"): left out: its use is \"enc\", not "
                            "\"sig\""));
    EXPECT_THAT(left_out(with(R"(,"key_ops":["encrypt"])")),
                ElementsAre("keys.json: key 2 (kid \"k\"): left out: its key_ops do not include "
                            "\"verify\""));
    EXPECT_THAT(left_out(with(R"(,"alg":"ECDH-ES")")),
                ElementsAre("keys.json: key 2 (kid \"k\"): left out: its algorithm is "
                            "\"ECDH-ES\""));
    EXPECT_THAT(left_out(R"({"kty":"lattice","kid":"k"})"),
                ElementsAre("keys.json: key 2 (kid \"k\"): left out: its type is \"lattice\""));
    EXPECT_THAT(left_out(R"({"kty":"EC","crv":"P-384","x":"AQAB","y":"AQAB"})"),
                ElementsAre("keys.json: key 2: left out: its curve is \"P-384\""));
    EXPECT_THAT(left_out(R"({"kty":"OKP","crv":"X25519","x":"AQAB"})"),
                ElementsAre("keys.json: key 2: left out: its curve is \"X25519\""));
    EXPECT_THAT(left_out(R"({"kty":"RSA","alg":"PS256","n":"AQAB","e":"AQAB"})"),
                ElementsAre("keys.json: key 2: left out: its algorithm is \"PS256\""));
}

TEST(KeySet, FindsNoKeyForANamelessTokenAmongSeveral) {
    const auto set = KeySet::parse(
        key_set_of(good_key + "," + TokenSigner::ed25519().public_jwk(R"(,"kid":"other")")), "k");
    ASSERT_TRUE(set.is_ok());
    EXPECT_EQ(set->find(std::nullopt), nullptr);
    EXPECT_EQ(set->find("good")->algorithm(), Algorithm::es256);
    EXPECT_EQ(set->find("other")->algorithm(), Algorithm::eddsa);
}

TEST(KeySet, OfASecretAnswersToAnyName) {
    const KeySet set = KeySet::of_secret(Secret("a secret of more than thirty-two bytes"));
    EXPECT_NE(set.find(std::nullopt), nullptr);
    EXPECT_EQ(set.find(std::nullopt), set.find("whatever"));
    EXPECT_FALSE(set.are_public());
}

}  // namespace
}  // namespace dibs::identity
