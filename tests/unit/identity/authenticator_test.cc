// Goal: every refusal has a name of its own, and what a client is told follows RFC 6750.
// Method: all reasons, by their numbers.

#include "identity/authenticator.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace dibs::identity {
namespace {

TEST(RefusalReason, HasANameOfItsOwn) {
    std::set<std::string_view> names;
    const auto last = static_cast<int>(RefusalReason::user_malformed);
    for (int number = 0; number <= last; ++number) {
        names.insert(name_of(static_cast<RefusalReason>(number)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
    EXPECT_FALSE(names.contains("unknown"));
    EXPECT_EQ(name_of(RefusalReason::token_not_yet_valid), "token-not-yet-valid");
}

TEST(Challenge, NamesNoErrorToWhoPresentedNothing) {
    EXPECT_EQ(challenge_for(Refusal(RefusalReason::credentials_missing, "Nothing there.")),
              "Bearer realm=\"dibs\"");
}

TEST(Challenge, TellsAWrongRequestFromAWrongToken) {
    EXPECT_EQ(challenge_for(Refusal(RefusalReason::credentials_repeated, "Given twice.")),
              "Bearer realm=\"dibs\", error=\"invalid_request\", "
              "error_description=\"Given twice.\"");
    EXPECT_EQ(challenge_for(Refusal(RefusalReason::token_expired, "It has expired.")),
              "Bearer realm=\"dibs\", error=\"invalid_token\", "
              "error_description=\"It has expired.\"");
}

}  // namespace
}  // namespace dibs::identity
