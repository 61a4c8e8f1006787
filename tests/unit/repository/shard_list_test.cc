// Goal: servers are taken for a store only if they are that store's, all of them, in their order;
// and where things lie is fixed for ever.
// Method: lists with one thing wrong each, and ids and users whose places are written down here.

#include "repository/shard_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/builders.h"

namespace dibs::repository {
namespace {

using domain::CouponId;
using test::user;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ShardState server(std::size_t place, std::size_t count, const char* store = "ours") {
    return {.record = ShardRecord{store, {place, count}, true}, .has_coupons = true};
}

ShardState new_server() {
    return {};
}

std::string complaint_about(const std::vector<ShardState>& servers) {
    const auto expected = expect_places(servers);
    return expected ? "" : expected.failure().what;
}

TEST(ShardList, NamesOneServerOrSeveral) {
    EXPECT_THAT(servers_of("postgresql://a/dibs"), ElementsAre("postgresql://a/dibs"));
    EXPECT_THAT(servers_of("postgresql://a/dibs postgresql://b/dibs"),
                ElementsAre("postgresql://a/dibs", "postgresql://b/dibs"));
    EXPECT_THAT(servers_of(""), IsEmpty());
}

TEST(ShardList, IsTakenInItsOrder) {
    EXPECT_EQ(complaint_about({server(0, 2), server(1, 2)}), "");
    EXPECT_THAT(complaint_about({server(1, 2), server(0, 2)}),
                "server 1 of the list is number 2 of its store: name the servers in their order");
    EXPECT_THAT(complaint_about({server(0, 2), server(0, 2)}),
                HasSubstr("server 2 of the list is number 1 of its store"));
}

TEST(ShardList, IsTakenWhole) {
    EXPECT_THAT(complaint_about({server(0, 3), server(1, 3)}),
                HasSubstr("server 1 of the list is one of 3, and the list has 2: name all"));
    EXPECT_THAT(complaint_about({server(0, 2), server(1, 2), new_server()}),
                HasSubstr("more servers are a new store, which dibs copy fills"));
}

TEST(ShardList, IsTakenOfOneStore) {
    EXPECT_THAT(complaint_about({server(0, 2), server(1, 2, "theirs")}),
                HasSubstr("server 2 of the list belongs to another store than the first one"));
}

TEST(ShardList, TakesNewServersWhileTheyAreEmpty) {
    EXPECT_EQ(complaint_about({new_server(), new_server()}), "");
    ShardState taken = server(0, 2);
    taken.record->is_whole = taken.has_coupons = false;
    EXPECT_EQ(complaint_about({taken, new_server()}), "") << "somebody was cut off at taking them";
    EXPECT_THAT(complaint_about({new_server(), {.record = std::nullopt, .has_coupons = true}}),
                HasSubstr("server 2 of the list is a store of its own: dibs copy"));
}

TEST(ShardList, TakesNoEmptyServerInTheSteadOfOneThatWasThere) {
    EXPECT_THAT(complaint_about({server(0, 2), new_server()}),
                HasSubstr("server 2 of the list is empty, and the store has another one there"));
}

TEST(ShardList, RefusesOneOfSeveralThatIsNamedAlone) {
    EXPECT_TRUE(expect_alone(new_server()));
    EXPECT_TRUE(expect_alone({.record = std::nullopt, .has_coupons = true}));
    const auto refused = expect_alone(server(1, 3));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().kind, base::FailureKind::invalid);
    EXPECT_THAT(refused.failure().what, HasSubstr("number 2 of 3 of a store: name all of them"));
}

TEST(ShardMap, FindsACouponByItsId) {
    const ShardMap map(4);
    EXPECT_EQ(map.place_of(CouponId{1}), 1U);
    EXPECT_EQ(map.place_of(CouponId{4}), 0U);
    EXPECT_EQ(map.place_of(CouponId{domain::number_max}), 3U);
    EXPECT_EQ(ShardMap(1).place_of(CouponId{7}), 0U);
}

TEST(ShardMap, GivesIdsThatLieWhereTheyAreMade) {
    const ShardMap map(4);
    for (std::size_t place = 0; place < 4; ++place) {
        for (std::int64_t floor = 0; floor < 9; ++floor) {
            const CouponId id = map.first_id_at(place, CouponId{floor});
            EXPECT_EQ(map.place_of(id), place);
            EXPECT_GT(id.value, floor);
            EXPECT_LE(id.value, floor + 4) << "the first one";
        }
    }
    EXPECT_EQ(ShardMap(1).first_id_at(0, CouponId{41}), CouponId{42});
}

// Whoever changes this loses every listing that was filled before.
TEST(ShardMap, FindsAUserAlwaysAtTheSamePlace) {
    const ShardMap map(4);
    // FNV-1a, 64 bits: "a" is af63dc4c8601ec8c.
    EXPECT_EQ(hash_of(user("a")), 0x8601ec8cU ^ 0xaf63dc4cU);
    EXPECT_EQ(map.place_of(user("a")), (0x8601ec8cU ^ 0xaf63dc4cU) % 4);
    std::vector<int> counts(4);
    for (int i = 0; i < 4'000; ++i) {
        ++counts[map.place_of(user("user-" + std::to_string(i)))];
    }
    for (const int count : counts) EXPECT_NEAR(count, 1'000, 150);
}

TEST(UserMarks, HaveEverybodyWhoWasAddedAndFewOfTheOthers) {
    UserMarks marks;
    for (const char* name : {"alice", "bob", "carol"}) marks.add(user(name));
    for (const char* name : {"alice", "bob", "carol"}) EXPECT_TRUE(marks.may_have(user(name)));
    int others = 0;
    for (int i = 0; i < 1'000; ++i) {
        if (marks.may_have(user("user-" + std::to_string(i)))) ++others;
    }
    EXPECT_NEAR(others, 3 * 1'000 / 64, 30) << "three marks of 64";
    EXPECT_TRUE(UserMarks::from_number(marks.as_number()).may_have(user("carol")));
    EXPECT_FALSE(UserMarks().may_have(user("alice")));
    marks.add_all();
    EXPECT_TRUE(marks.may_have(user("anybody")));
}

}  // namespace
}  // namespace dibs::repository
