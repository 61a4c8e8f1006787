// Goal: the header says who is asking, whatever way it is spelled, and a remembered token is worth
// no more than a new one. Method: headers by a table; a key set's tokens asked again and again over
// time and from several threads.

#include "identity/bearer_authenticator.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "unit/identity/token_signer.h"
#include "unit/identity/tokens.h"

namespace dibs::identity {
namespace {

// Those of a token that holds for a while only.
constexpr std::string_view brief_claims = R"({"sub":"alice","nbf":505,"exp":1000})";

std::string user_or_reason(const Authenticator& authenticator, const Credentials& credentials,
                           int second = 999) {
    const auto caller = authenticator.authenticate(credentials, at_second(second));
    return caller ? caller->user : std::string(name_of(caller.error().reason));
}

std::string user_or_reason(const Authenticator& authenticator, std::string_view authorization,
                           int second = 999) {
    return user_or_reason(
        authenticator,
        Credentials{.authorization = {authorization, 1}, .user_id = {}, .user_scopes = {}}, second);
}

class BearerWithSecret : public testing::Test {
protected:
    const std::string token_ = sign_with_secret(secret_text, R"({"alg":"HS256"})", brief_claims);
    const BearerAuthenticator authenticator_{
        TokenVerifier(KeySet::of_secret(Secret(secret_text)), {})};
};

TEST_F(BearerWithSecret, TakesTheSchemeInAnyCaseAndWithAnySpaces) {
    EXPECT_EQ(user_or_reason(authenticator_, "Bearer " + token_), "alice");
    EXPECT_EQ(user_or_reason(authenticator_, "bearer " + token_), "alice");
    EXPECT_EQ(user_or_reason(authenticator_, "BEARER   " + token_), "alice");
}

TEST_F(BearerWithSecret, RefusesOtherHeaders) {
    for (const std::string& header :
         {std::string(), std::string("Bearer"), std::string("Bearer "), std::string("Bearer   "),
          token_, "Basic " + token_, "Bearer: " + token_, "Bearer\t" + token_, "Token " + token_,
          " Bearer " + token_}) {
        EXPECT_EQ(user_or_reason(authenticator_, header), "credentials-malformed") << header;
    }
    EXPECT_EQ(user_or_reason(authenticator_, "Bearer " + token_ + ", Bearer " + token_),
              "token-malformed");
    EXPECT_EQ(user_or_reason(authenticator_, "Bearer x"), "token-malformed");
}

TEST_F(BearerWithSecret, RefusesNoHeaderAndTwoOfThem) {
    EXPECT_EQ(user_or_reason(authenticator_, Credentials{}), "credentials-missing");
    const std::string header = "Bearer " + token_;
    EXPECT_EQ(
        user_or_reason(authenticator_,
                       Credentials{.authorization = {header, 2}, .user_id = {}, .user_scopes = {}}),
        "credentials-repeated");
}

TEST_F(BearerWithSecret, BelievesNoHeaderOfAGateway) {
    const CredentialField user{"mallory", 1};
    const CredentialField scopes{"coupons:admin", 1};
    EXPECT_EQ(
        user_or_reason(authenticator_,
                       Credentials{.authorization = {}, .user_id = user, .user_scopes = scopes}),
        "credentials-missing");
    const std::string header = "Bearer " + token_;
    const auto caller = authenticator_.authenticate(
        {.authorization = {header, 1}, .user_id = user, .user_scopes = scopes}, at_second(999));
    EXPECT_EQ(caller, Caller{.user = "alice"});
}

class BearerWithKeySet : public testing::Test {
protected:
    TokenVerifier verifier() const {
        auto keys = KeySet::parse(key_set_of(signer_.public_jwk()), "test");
        EXPECT_TRUE(keys.is_ok());
        return TokenVerifier(*std::move(keys), {});
    }

    const TokenSigner signer_ = TokenSigner::ed25519();
    const BearerAuthenticator authenticator_{verifier()};
    const std::string header_ = "Bearer " + signer_.sign(R"({"alg":"EdDSA"})", brief_claims);
};

TEST_F(BearerWithKeySet, AnswersTheSameForANewTokenAndARememberedOne) {
    for (int round = 0; round < 3; ++round)
        EXPECT_EQ(user_or_reason(authenticator_, header_), "alice");
}

TEST_F(BearerWithKeySet, RefusesARememberedTokenOnceItHasExpired) {
    EXPECT_EQ(user_or_reason(authenticator_, header_, 999), "alice");
    EXPECT_EQ(user_or_reason(authenticator_, header_, 1000), "token-expired");
    EXPECT_EQ(user_or_reason(authenticator_, header_, 999), "alice");
}

TEST_F(BearerWithKeySet, RefusesARememberedTokenWhenTheClockIsSetBackBeforeItsStart) {
    EXPECT_EQ(user_or_reason(authenticator_, header_, 500), "alice");
    EXPECT_EQ(user_or_reason(authenticator_, header_, 499), "token-not-yet-valid");
}

TEST_F(BearerWithKeySet, RemembersNoRefusal) {
    EXPECT_EQ(user_or_reason(authenticator_, header_, 499), "token-not-yet-valid");
    EXPECT_EQ(user_or_reason(authenticator_, header_, 500), "alice");
}

TEST_F(BearerWithKeySet, RefusesAForgeryOfARememberedToken) {
    EXPECT_EQ(user_or_reason(authenticator_, header_), "alice");
    std::string forged = header_;
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(user_or_reason(authenticator_, forged), "signature-wrong");
}

TEST_F(BearerWithKeySet, AnswersAllThreadsAlike) {
    std::vector<std::string> headers;
    for (int user = 0; user < 20; ++user) {
        headers.push_back("Bearer " +
                          signer_.sign(R"({"alg":"EdDSA"})",
                                       R"({"exp":1000,"sub":"u)" + std::to_string(user) + R"("})"));
    }
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (std::size_t request = 0; request < 400; ++request) {
                const std::size_t user = request % headers.size();
                EXPECT_EQ(user_or_reason(authenticator_, headers[user]),
                          "u" + std::to_string(user));
            }
        });
    }
}

TEST(BearerWithSecretAndThreads, AnswersAllThreadsAlike) {
    const BearerAuthenticator authenticator{
        TokenVerifier(KeySet::of_secret(Secret(secret_text)), {})};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&authenticator, thread] {
            const std::string user = "u" + std::to_string(thread);
            const std::string header =
                "Bearer " + sign_with_secret(secret_text, R"({"alg":"HS256"})",
                                             R"({"exp":1000,"sub":")" + user + R"("})");
            for (int request = 0; request < 500; ++request) {
                EXPECT_EQ(user_or_reason(authenticator, header), user);
                EXPECT_EQ(user_or_reason(authenticator, header + "AAAA"), "signature-wrong");
            }
        });
    }
}

}  // namespace
}  // namespace dibs::identity
