// Goal: a token is taken only if everything about it is right. Method: one right token, and a table
// of all the ways in which it can be wrong, each with the reason that it must be refused for.

#include "identity/json_web_token.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "identity/base64url.h"
#include "unit/identity/token_signer.h"
#include "unit/identity/tokens.h"

namespace dibs::identity {
namespace {

constexpr std::string_view hs256_header = R"({"alg":"HS256","typ":"JWT"})";

TokenVerifier secret_verifier(ExpectedClaims expected = {}) {
    return TokenVerifier(KeySet::of_secret(Secret(secret_text)), std::move(expected));
}

std::expected<VerifiedToken, Refusal> verify(std::string_view token, double second = 999) {
    return secret_verifier().verify(token, at_second(second));
}

std::string signed_claims(std::string_view text) {
    return sign_with_secret(secret_text, hs256_header, text);
}

std::string signed_header(std::string_view text) {
    return sign_with_secret(secret_text, text, alices_claims);
}

TEST(TokenVerifier, TakesARightToken) {
    const auto verified = verify(signed_claims(alices_claims));
    ASSERT_TRUE(verified.has_value());
    EXPECT_EQ(verified->caller, (Caller{.user = "alice", .is_admin = false}));
    EXPECT_EQ(verified->expires_at, at_second(1000));
}

TEST(TokenVerifier, MakesAnOperatorOfWhoHasTheScope) {
    const auto is_admin = [](std::string_view scope) {
        return verify(signed_claims(R"({"sub":"alice","exp":1000,"scope":")" + std::string(scope) +
                                    R"("})"))
            ->caller.is_admin;
    };
    EXPECT_TRUE(is_admin("coupons:admin"));
    EXPECT_TRUE(is_admin("openid coupons:admin"));
    EXPECT_FALSE(is_admin("coupons:administrator"));
    EXPECT_FALSE(is_admin(""));
}

TEST(TokenVerifier, RefusesWhatIsNotInCompactForm) {
    const std::string right = signed_claims(alices_claims);
    const std::string encoded = encode_base64url(hs256_header);
    const std::string wrong[] = {
        "",
        ".",
        "..",
        "...",
        "x",
        "a.b",
        "not a token",
        right.substr(0, right.rfind('.')),
        right + ".",
        right + "." + right.substr(right.rfind('.') + 1),
        "." + right,
        right + "=",
        right + " ",
        " " + right,
        right + "\n",
        encoded + "=." + encode_base64url(alices_claims) + ".AA",
        "{}." + encode_base64url(alices_claims) + ".AA",
        encode_base64url("[]") + "." + encode_base64url(alices_claims) + ".AA",
        encode_base64url("{\"alg\":\"HS256\"") + "." + encode_base64url(alices_claims) + ".AA",
        R"({"payload":"e30","signatures":[]})",
    };
    for (const std::string& token : wrong) {
        EXPECT_EQ(verdict(verify(token)), "token-malformed") << token;
    }
}

TEST(TokenVerifier, TakesNoOtherSpellingOfARightToken) {
    // One character changed anywhere, to any other of the alphabet: among these are all the
    // spellings whose last bits differ without meaning anything.
    const std::string right = signed_claims(alices_claims);
    const std::string alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/";
    const TokenVerifier verifier = secret_verifier();
    for (std::size_t at = 0; at < right.size(); ++at) {
        for (const char other : alphabet) {
            if (other == right[at]) continue;
            std::string token = right;
            token[at] = other;
            EXPECT_FALSE(verifier.verify(token, at_second(999)).has_value()) << token;
        }
    }
}

TEST(TokenVerifier, TakesNoSignatureThatIsCutShortOrLonger) {
    const std::string right = signed_claims(alices_claims);
    for (std::size_t size = 0; size < right.size(); ++size) {
        EXPECT_FALSE(verify(right.substr(0, size)).has_value()) << size;
    }
    const std::string text = right.substr(0, right.rfind('.') + 1);
    const std::string signature = decode_base64url(right.substr(text.size())).value();
    EXPECT_EQ(verdict(verify(text + encode_base64url(signature.substr(0, 31)))), "signature-wrong");
    EXPECT_EQ(verdict(verify(text + encode_base64url(signature + "x"))), "signature-wrong");
    EXPECT_EQ(verdict(verify(text)), "signature-wrong");
}

TEST(TokenVerifier, RefusesHeadersThatAskForAnythingElse) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {R"({"alg":"none"})", "algorithm-refused"},
        {R"({"alg":"None"})", "algorithm-refused"},
        {R"({"alg":"hs256"})", "algorithm-refused"},
        {R"({"alg":"HS384"})", "algorithm-refused"},
        {R"({"alg":"RS256"})", "algorithm-refused"},
        {R"({"alg":"HS256 "})", "algorithm-refused"},
        {R"({"alg":256})", "algorithm-refused"},
        {R"({"alg":null})", "algorithm-refused"},
        {R"({"typ":"JWT"})", "algorithm-refused"},
        {R"({"alg":"HS256","alg":"HS256"})", "token-malformed"},
        {R"({"alg":"HS256","alg":"none"})", "token-malformed"},
        {R"({"alg":"HS256","crit":["exp"]})", "token-malformed"},
        {R"({"alg":"HS256","crit":[]})", "token-malformed"},
        {R"({"alg":"HS256","b64":false,"crit":["b64"]})", "token-malformed"},
        {R"({"alg":"HS256","kid":7})", "token-malformed"},
        {R"({"alg":"HS256","kid":"any"})", "taken"},
        {R"({"alg":"HS256","jku":"https://evil.example/keys","x5u":"x"})", "taken"},
        {R"({"alg":"HS256","typ":"at+jwt"})", "taken"},
    };
    for (const auto& [text, expected] : table) {
        EXPECT_EQ(verdict(verify(signed_header(text))), expected) << text;
    }
}

TEST(TokenVerifier, RefusesAnUnsignedToken) {
    EXPECT_EQ(verdict(verify(signing_input(R"({"alg":"none"})", alices_claims) + ".")),
              "algorithm-refused");
}

TEST(TokenVerifier, RefusesClaimsOfTheWrongKind) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {R"([])", "token-malformed"},
        {R"(null)", "token-malformed"},
        {R"({"sub":"alice","exp":1000)", "token-malformed"},
        {R"({"sub":"alice","exp":1000}{})", "token-malformed"},
        {R"({"sub":"alice","sub":"bob","exp":1000})", "token-malformed"},
        {R"({"sub":"alice","exp":500,"exp":1000})", "token-malformed"},
        {"{\"sub\":\"alice\xFF\",\"exp\":1000}", "token-malformed"},
        {R"({"sub":"alice"})", "token-malformed"},
        {R"({"sub":"alice","exp":"1000"})", "token-malformed"},
        {R"({"sub":"alice","exp":null})", "token-malformed"},
        {R"({"sub":"alice","exp":[1000]})", "token-malformed"},
        {R"({"sub":"alice","exp":true})", "token-malformed"},
        {R"({"sub":"alice","exp":1000,"nbf":"0"})", "token-malformed"},
        {R"({"sub":"alice","exp":1000,"iat":"0"})", "token-malformed"},
        {R"({"sub":"alice","exp":1000,"iss":1})", "token-malformed"},
        {R"({"sub":"alice","exp":1000,"aud":1})", "token-malformed"},
        {R"({"sub":"alice","exp":1000,"aud":["a",1]})", "token-malformed"},
        {R"({"sub":"alice","exp":1000,"scope":["coupons:admin"]})", "token-malformed"},
        {R"({"exp":1000})", "user-malformed"},
        {R"({"sub":"","exp":1000})", "user-malformed"},
        {R"({"sub":7,"exp":1000})", "user-malformed"},
        {R"({"sub":" alice","exp":1000})", "user-malformed"},
        {R"({"sub":"al\nice","exp":1000})", "user-malformed"},
        {R"({"sub":"al\u0000ice","exp":1000})", "user-malformed"},
        {R"({"sub":"앨리스","exp":1000})", "user-malformed"},
        {R"({"sub":"Alice Smith","exp":1000})", "taken"},
    };
    for (const auto& [text, expected] : table) {
        EXPECT_EQ(verdict(verify(signed_claims(text))), expected) << text;
    }
    const std::string long_user(129, 'u');
    EXPECT_EQ(verdict(verify(signed_claims(R"({"exp":1000,"sub":")" + long_user + R"("})"))),
              "user-malformed");
}

TEST(TokenVerifier, TakesATokenUntilItExpiresAndNotAMicrosecondLonger) {
    const std::string token = signed_claims(alices_claims);
    EXPECT_EQ(verdict(verify(token, 999.999999)), "taken");
    EXPECT_EQ(verdict(verify(token, 1000)), "token-expired");
    const std::string with_fraction = signed_claims(R"({"sub":"alice","exp":1000.5})");
    EXPECT_EQ(verdict(verify(with_fraction, 1000.499999)), "taken");
    EXPECT_EQ(verdict(verify(with_fraction, 1000.5)), "token-expired");
}

TEST(TokenVerifier, TakesATokenFromItsStartWithGraceForClocks) {
    for (const std::string name : {"nbf", "iat"}) {
        const std::string token =
            signed_claims(R"({"sub":"alice","exp":1000,")" + name + R"(":500})");
        EXPECT_EQ(verdict(verify(token, 500)), "taken") << name;
        EXPECT_EQ(verdict(verify(token, 495)), "taken") << name;
        EXPECT_EQ(verdict(verify(token, 494.999999)), "token-not-yet-valid") << name;
        EXPECT_EQ(verify(token, 600)->valid_from, at_second(495)) << name;
    }
}

TEST(TokenVerifier, TakesTimesBeyondTheCalendarForItsEnds) {
    for (const char* exp :
         {"9223372036854775807", "18446744073709551615", "1e300", "253402300800"}) {
        const auto verified =
            verify(signed_claims(std::string(R"({"sub":"alice","exp":)") + exp + "}"));
        ASSERT_TRUE(verified.has_value()) << exp;
        EXPECT_LE(verified->expires_at, base::latest_instant()) << exp;
    }
    for (const char* exp : {"-1", "-9223372036854775808", "-1e300", "0"}) {
        EXPECT_EQ(verdict(verify(signed_claims(std::string(R"({"sub":"a","exp":)") + exp + "}"))),
                  "token-expired")
            << exp;
    }
    EXPECT_EQ(verdict(verify(signed_claims(R"({"sub":"a","exp":1000,"nbf":1e300})"))),
              "token-not-yet-valid");
    EXPECT_EQ(verdict(verify(signed_claims(R"({"sub":"a","exp":1000,"nbf":-1e300})"))), "taken");
}

TEST(TokenVerifier, InsistsOnTheConfiguredIssuer) {
    const TokenVerifier verifier = secret_verifier({.issuer = "https://id.example"});
    const auto with_issuer = [&](std::string_view member) {
        return verdict(verifier.verify(
            signed_claims(R"({"sub":"alice","exp":1000)" + std::string(member) + "}"),
            at_second(999)));
    };
    EXPECT_EQ(with_issuer(R"(,"iss":"https://id.example")"), "taken");
    EXPECT_EQ(with_issuer(R"(,"iss":"https://id.example/")"), "issuer-wrong");
    EXPECT_EQ(with_issuer(R"(,"iss":"")"), "issuer-wrong");
    EXPECT_EQ(with_issuer(""), "issuer-wrong");
}

TEST(TokenVerifier, InsistsOnTheConfiguredAudience) {
    const TokenVerifier verifier = secret_verifier({.audience = "dibs"});
    const auto with_audience = [&](std::string_view member) {
        return verdict(verifier.verify(
            signed_claims(R"({"sub":"alice","exp":1000)" + std::string(member) + "}"),
            at_second(999)));
    };
    EXPECT_EQ(with_audience(R"(,"aud":"dibs")"), "taken");
    EXPECT_EQ(with_audience(R"(,"aud":["other","dibs"])"), "taken");
    EXPECT_EQ(with_audience(R"(,"aud":"dibs2")"), "audience-wrong");
    EXPECT_EQ(with_audience(R"(,"aud":["other"])"), "audience-wrong");
    EXPECT_EQ(with_audience(R"(,"aud":[])"), "audience-wrong");
    EXPECT_EQ(with_audience(""), "audience-wrong");
}

TEST(TokenVerifier, RefusesAnotherSecret) {
    EXPECT_EQ(verdict(verify(sign_with_secret("another secret, as long as it must be", hs256_header,
                                              alices_claims))),
              "signature-wrong");
}

TEST(TokenVerifier, LooksIntoNothingLargerThanItsLimit) {
    const auto token_of_size = [](std::size_t padding) {
        return signed_claims(R"({"sub":"alice","exp":1000,"x":")" + std::string(padding, 'x') +
                             R"("})");
    };
    std::size_t padding = token_size_max_bytes / 2;
    while (token_of_size(padding + 1).size() <= token_size_max_bytes) ++padding;
    EXPECT_EQ(verdict(verify(token_of_size(padding))), "taken");
    EXPECT_EQ(verdict(verify(token_of_size(padding + 1))), "token-too-large");
    EXPECT_EQ(verdict(verify(std::string(10'000'000, 'A'))), "token-too-large");
}

RC_GTEST_PROP(TokenVerifier, SurvivesAnyHeaderAndClaims, (const std::string& any)) {
    // Signed by an issuer gone mad: the worst that can get behind the signature.
    RC_ASSERT(!verify(signed_claims(any)).has_value());
    RC_ASSERT(!verify(signed_header(any)).has_value());
    RC_ASSERT(!verify(any).has_value());
    RC_ASSERT(!verify(signed_claims(R"({"sub":"alice","exp":1000)" + any)).has_value() ||
              any == "}");
}

TEST(TokenVerifier, TellsNothingOfTheTokenInItsRefusal) {
    const auto refused = verify(signed_claims(R"({"sub":"alice-the-secret","exp":1})"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().sentence, "The token has expired.");
}

}  // namespace
}  // namespace dibs::identity
