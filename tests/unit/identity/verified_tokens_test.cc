// Goal: what is remembered is true, and no more is remembered than allowed. Method: times are
// given, not awaited; small limits; several threads under the sanitizers.

#include "identity/verified_tokens.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "unit/identity/tokens.h"

namespace dibs::identity {
namespace {

VerifiedToken valid_between(std::string_view user, int from, int until) {
    return {.caller = {.user = std::string(user), .is_admin = user == "root"},
            .valid_from = at_second(from),
            .expires_at = at_second(until)};
}

/// Tokens of ten bytes, for users of one: eleven bytes each.
std::string token_number(int number) {
    const std::string digits = std::to_string(number);
    return "t" + std::string(9 - digits.size(), '0') + digits;
}

TEST(VerifiedTokens, ServesWhatItRemembers) {
    VerifiedTokens cache;
    cache.remember("alice's token", valid_between("alice", 0, 100));
    cache.remember("root's token", valid_between("root", 0, 100));
    EXPECT_EQ(cache.find("alice's token", at_second(50)),
              (Caller{.user = "alice", .is_admin = false}));
    EXPECT_EQ(cache.find("root's token", at_second(50)),
              (Caller{.user = "root", .is_admin = true}));
    EXPECT_EQ(cache.find("bob's token", at_second(50)), std::nullopt);
}

TEST(VerifiedTokens, KnowsATokenByAllOfItsBytes) {
    VerifiedTokens cache;
    cache.remember("token", valid_between("alice", 0, 100));
    for (const char* other : {"", "toke", "token ", "tokeN", "Token"}) {
        EXPECT_EQ(cache.find(other, at_second(50)), std::nullopt) << other;
    }
}

TEST(VerifiedTokens, NeverServesWhatHasExpired) {
    VerifiedTokens cache;
    cache.remember("token", valid_between("alice", 0, 100));
    EXPECT_TRUE(cache.find("token", at_second(100) - std::chrono::microseconds(1)).has_value());
    EXPECT_FALSE(cache.find("token", at_second(100)).has_value());
    // It is forgotten, not only withheld.
    EXPECT_EQ(cache.holding().entries, 0U);
    EXPECT_EQ(cache.holding().size_bytes, 0U);
    EXPECT_FALSE(cache.find("token", at_second(50)).has_value());
}

TEST(VerifiedTokens, WithholdsWhatIsNotValidYetWhenTheClockIsSetBack) {
    VerifiedTokens cache;
    cache.remember("token", valid_between("alice", 50, 100));
    EXPECT_FALSE(cache.find("token", at_second(49)).has_value());
    EXPECT_TRUE(cache.find("token", at_second(50)).has_value());
}

TEST(VerifiedTokens, CountsATokenOnce) {
    VerifiedTokens cache;
    for (int round = 0; round < 3; ++round) {
        cache.remember("token", valid_between("alice", 0, 100));
    }
    EXPECT_EQ(cache.holding().entries, 1U);
    EXPECT_EQ(cache.holding().size_bytes, 10U);
}

TEST(VerifiedTokens, HoldsNoMoreEntriesThanAllowed) {
    VerifiedTokens cache({.entries_max = 320});
    for (int number = 0; number < 10'000; ++number) {
        cache.remember(token_number(number), valid_between("u", 0, 100));
        ASSERT_LE(cache.holding().entries, 320U);
        // The one just remembered is there.
        ASSERT_TRUE(cache.find(token_number(number), at_second(50)).has_value());
    }
    EXPECT_GE(cache.holding().entries, 160U);
}

TEST(VerifiedTokens, HoldsNoMoreBytesThanAllowed) {
    VerifiedTokens cache({.size_max_bytes = 16 * 2 * 110});
    for (int number = 0; number < 10'000; ++number) {
        cache.remember(token_number(number), valid_between("u", 0, 100));
        ASSERT_LE(cache.holding().size_bytes, 16U * 2 * 110);
    }
    EXPECT_GE(cache.holding().size_bytes, 16U * 110 - 16 * 11);
    cache.remember(std::string(111, 'x'), valid_between("u", 0, 100));
    EXPECT_FALSE(cache.find(std::string(111, 'x'), at_second(50)).has_value());
}

TEST(VerifiedTokens, KeepsWhatIsAskedForWhileOthersComeAndGo) {
    VerifiedTokens cache({.entries_max = 320});
    cache.remember("the regular's token", valid_between("alice", 0, 100));
    for (int number = 0; number < 10'000; ++number) {
        cache.remember(token_number(number), valid_between("u", 0, 100));
        ASSERT_TRUE(cache.find("the regular's token", at_second(50)).has_value()) << number;
    }
    EXPECT_FALSE(cache.find(token_number(0), at_second(50)).has_value());
}

TEST(VerifiedTokens, KeepItsAccountsWithAllThreadsAtOnce) {
    VerifiedTokens cache({.entries_max = 320});
    {
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < 4; ++thread) {
            threads.emplace_back([&cache] {
                for (int number = 0; number < 5'000; ++number) {
                    const std::string token = token_number(number % 500);
                    const std::string user = std::to_string(number % 10);
                    const auto caller = cache.find(token, at_second(number % 200));
                    if (caller) {
                        EXPECT_EQ(caller->user, user);
                    }
                    cache.remember(token, valid_between(user, 0, 100));
                }
            });
        }
    }
    const VerifiedTokens::Holding holding = cache.holding();
    EXPECT_LE(holding.entries, 320U);
    EXPECT_EQ(holding.size_bytes, holding.entries * 11);
}

}  // namespace
}  // namespace dibs::identity
