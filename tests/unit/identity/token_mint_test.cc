// Goal: what is minted is taken, and says what was ordered. Method: mint, then verify.

#include "identity/token_mint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "identity/base64url.h"
#include "identity/json_web_token.h"
#include "unit/identity/tokens.h"

namespace dibs::identity {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

const base::Instant minted_at = base::from_microseconds(1'795'748'400'700'000);

std::string minted(const TokenOrder& order) {
    const auto token = TokenMint(Secret(secret_text)).mint(order);
    return token ? *token : "failed: " + token.failure().what;
}

std::string claims_of(const std::string& token) {
    const std::size_t start = token.find('.') + 1;
    return decode_base64url(token.substr(start, token.rfind('.') - start)).value_or("?");
}

TEST(TokenMint, MakesTokensThatAreTaken) {
    const TokenVerifier verifier(KeySet::of_secret(Secret(secret_text)), {});
    const TokenMint mint{Secret(secret_text)};
    for (const char* user : {"alice", "bob", "a \"quoted\" \\ user"}) {
        const auto token = mint.mint({.caller = {.user = user}, .issued_at = minted_at});
        ASSERT_TRUE(token.is_ok());
        EXPECT_EQ(verifier.verify(*token, minted_at)->caller, Caller{.user = user});
    }
    const auto admin =
        mint.mint({.caller = {.user = "root", .is_admin = true}, .issued_at = minted_at});
    EXPECT_TRUE(verifier.verify(*admin, minted_at)->caller.is_admin);
}

TEST(TokenMint, SaysWhatWasOrderedAndNothingElse) {
    EXPECT_EQ(claims_of(minted({.caller = {.user = "alice"}, .issued_at = minted_at})),
              R"({"sub":"alice","iat":1795748400,"exp":1795752001})");
    EXPECT_EQ(claims_of(minted({.caller = {.user = "root", .is_admin = true},
                                .issued_at = minted_at,
                                .lifetime = seconds(60),
                                .token_id = "7",
                                .issuer = "https://id.example",
                                .audience = "dibs"})),
              R"({"sub":"root","iat":1795748400,"exp":1795748461,"scope":"coupons:admin",)"
              R"("jti":"7","iss":"https://id.example","aud":"dibs"})");
}

TEST(TokenMint, MakesTokensThatLiveAsLongAsOrdered) {
    const TokenVerifier verifier(KeySet::of_secret(Secret(secret_text)), {});
    const std::string token =
        minted({.caller = {.user = "alice"}, .issued_at = minted_at, .lifetime = seconds(1)});
    EXPECT_TRUE(verifier.verify(token, minted_at).has_value());
    EXPECT_TRUE(verifier.verify(token, minted_at + seconds(1) - microseconds(1)).has_value());
    EXPECT_FALSE(verifier.verify(token, minted_at + seconds(2)).has_value());
}

TEST(TokenMint, RefusesWhatNobodyWouldTake) {
    EXPECT_EQ(minted({.caller = {.user = ""}, .issued_at = minted_at}),
              "failed: a user is 1 to 128 bytes of printable ASCII without outer spaces");
    EXPECT_EQ(minted({.caller = {.user = "앨리스"}, .issued_at = minted_at}),
              "failed: a user is 1 to 128 bytes of printable ASCII without outer spaces");
    EXPECT_EQ(minted({.caller = {.user = "a"}, .issued_at = minted_at, .lifetime = seconds(0)}),
              "failed: a token lives for a second or longer");
    EXPECT_EQ(minted({.caller = {.user = "a"}, .issued_at = minted_at, .lifetime = seconds::max()}),
              "failed: a token expires before the year 10000");
}

}  // namespace
}  // namespace dibs::identity
