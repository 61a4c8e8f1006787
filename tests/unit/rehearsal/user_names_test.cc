// Goal: names and indexes lead to each other, and nobody else's name passes for a user's.
// Method: a few patterns, and names that are nearly right.

#include "rehearsal/user_names.h"

#include <gtest/gtest.h>

namespace dibs::rehearsal {
namespace {

UserNames named(std::string pattern, std::uint64_t first, std::uint32_t count) {
    CrowdOptions options;
    options.user_pattern = std::move(pattern);
    options.first_user = first;
    options.user_count = count;
    return UserNames(options);
}

TEST(UserNames, PutTheNumberWhereThePatternSaysWithZerosInFront) {
    EXPECT_EQ(named("user-######", 1, 1'000).name_of(122), "user-000123");
    EXPECT_EQ(named("##@shop", 500, 1'000).name_of(0), "500@shop");
    EXPECT_EQ(named("alice", 1, 1).name_of(0), "alice");
}

TEST(UserNames, FindTheIndexOfAName) {
    const UserNames names = named("user-######@shop", 10, 100);
    for (const std::uint32_t index : {0U, 1U, 99U}) {
        EXPECT_EQ(names.index_of(names.name_of(index)), index);
    }
    EXPECT_EQ(named("alice", 1, 1).index_of("alice"), 0U);
}

TEST(UserNames, KnowNobodyElse) {
    const UserNames names = named("user-######@shop", 10, 100);
    for (const char* stranger :
         {"", "user-000009@shop", "user-000110@shop", "user-11@shop", "user-000011", "user-@shop",
          "user-0000011@shop", "user-00001x@shop", "bob", "user-000011@shop "}) {
        EXPECT_EQ(names.index_of(stranger), std::nullopt) << stranger;
    }
    EXPECT_EQ(named("aa#aa", 1, 9).index_of("aaa"), std::nullopt);
}

}  // namespace
}  // namespace dibs::rehearsal
