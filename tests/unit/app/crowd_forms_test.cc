// Goal: the commands that send crowds take what they should, and the demonstration touches nothing
// of the service proper. Method: lines as a shell would split them, with the environment given.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/parsing.h"

namespace dibs::app {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

TEST(DemoCommand, HasItsOwnDefaultsAndHeedsNoVariable) {
    const auto demo = command<DemoCommand>(
        {"demo"}, {{"DIBS_STORE", "sqlite:precious.db"}, {"DIBS_LISTEN", "0.0.0.0:80"}});
    EXPECT_EQ(demo.users, 10'000U);
    EXPECT_EQ(demo.stock, 1000U);
    EXPECT_EQ(demo.connections, 0U);
    EXPECT_FALSE(demo.exits);
    EXPECT_EQ(demo.store, std::nullopt);
    EXPECT_EQ(demo.listen, (Endpoint{"127.0.0.1", 8080}));
    EXPECT_EQ(demo.admin_listen, (Endpoint{"127.0.0.1", 8081}));
    const auto given = command<DemoCommand>(
        {"demo", "--users", "5", "--stock", "0", "--connections", "2", "--exit", "--store",
         "sqlite:d", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:1"});
    EXPECT_EQ(given.users, 5U);
    EXPECT_EQ(given.stock, 0U);
    EXPECT_EQ(given.connections, 2U);
    EXPECT_TRUE(given.exits);
    EXPECT_EQ(given.store, "sqlite:d");
    EXPECT_EQ(given.listen.port, 0);
    EXPECT_EQ(given.admin_listen.port, 1);
    EXPECT_THAT(complaint({"demo", "--store", "d"}), HasSubstr("is not a store's URL, such as"));
    EXPECT_THAT(complaint({"demo", "--listen", "8080"}), HasSubstr("is not HOST:PORT, such as"));
    EXPECT_THAT(complaint({"demo", "--users", "0"}), HasSubstr("is not a whole number from 1 to"));
}

TEST(RehearseCommand, ComesAllAtOnceUnlessToldOtherwise) {
    const auto by_default = command<RehearseCommand>({"rehearse"});
    EXPECT_EQ(by_default.targets, (std::vector{Endpoint{"127.0.0.1", 8080}}));
    EXPECT_EQ(by_default.admin, (Endpoint{"127.0.0.1", 8081}));
    EXPECT_EQ(by_default.coupon_id, std::nullopt);
    EXPECT_EQ(by_default.stock, 1000);
    EXPECT_EQ(by_default.users, 10'000U);
    EXPECT_EQ(by_default.connections, 0U);
    EXPECT_EQ(by_default.rate, 0U);
    EXPECT_EQ(by_default.duration, std::nullopt);
    EXPECT_EQ(by_default.access.auth, AuthenticationMode::jwt);
    EXPECT_FALSE(by_default.is_json);
    const auto given = command<RehearseCommand>(
        {"rehearse", "--target", "http://[::1]:1", "--admin", "http://h:2", "--coupon", "42",
         "--users", "9", "--connections", "3", "--rate", "100", "--duration", "30s",
         "--trusted-header", "--json", "--jwt-secret-file", "key"});
    EXPECT_EQ(given.targets, (std::vector{Endpoint{"::1", 1}}));
    EXPECT_EQ(given.admin, (Endpoint{"h", 2}));
    EXPECT_EQ(given.coupon_id, 42);
    EXPECT_EQ(given.users, 9U);
    EXPECT_EQ(given.connections, 3U);
    EXPECT_EQ(given.rate, 100U);
    EXPECT_EQ(given.duration, seconds(30));
    EXPECT_EQ(given.access.auth, AuthenticationMode::trusted_header);
    EXPECT_TRUE(given.is_json);
    EXPECT_EQ(given.access.jwt_secret_file, "key");
}

TEST(RehearseCommand, RefusesWhatDoesNotGoTogether) {
    EXPECT_EQ(complaint({"rehearse", "--rate", "5"}),
              "dibs: --rate needs --duration: how long requests are sent at that rate\n");
    EXPECT_EQ(complaint({"rehearse", "--coupon", "5", "--stock", "5"}),
              "dibs: --coupon and --stock exclude each other: the stock is a new coupon's\n");
    EXPECT_EQ(complaint({"rehearse", "--target", "https://h"}),
              "dibs: --target (from the command line): \"https://h\" is not an address such as "
              "http://127.0.0.1:8080, or several\n");
}

TEST(RehearseCommand, FindsTheServiceWhereItIsConfiguredToListen) {
    const auto there = command<RehearseCommand>({"rehearse"}, {{"DIBS_LISTEN", "0.0.0.0:1"},
                                                               {"DIBS_ADMIN_LISTEN", "h:2"},
                                                               {"DIBS_AUTH", "trusted-header"}});
    EXPECT_EQ(there.targets, (std::vector{Endpoint{"127.0.0.1", 1}}));
    EXPECT_EQ(there.admin, (Endpoint{"h", 2}));
    EXPECT_EQ(there.access.auth, AuthenticationMode::trusted_header);
}

TEST(RehearseCommand, SendsToSeveralNodes) {
    const std::vector<Endpoint> both{{"a", 1}, {"b", 2}};
    EXPECT_EQ(
        command<RehearseCommand>({"rehearse", "--target", "http://a:1", "--target", "http://b:2"})
            .targets,
        both);
    EXPECT_EQ(command<RehearseCommand>({"rehearse", "--target", "http://a:1,http://b:2"}).targets,
              both);
    EXPECT_THAT(complaint({"rehearse", "--target", "http://a:1,b:2"}),
                HasSubstr("is not an address"));
    EXPECT_EQ(complaint({"rehearse", "--admin", "http://a:1", "--admin", "http://a:1"}),
              "dibs: --admin is given more than once (see dibs rehearse --help)\n");
}

TEST(DemoCommand, RunsSeveralNodesWhereTheStoreAllowsIt) {
    EXPECT_EQ(command<DemoCommand>({"demo"}).nodes, 1U);
    EXPECT_EQ(command<DemoCommand>({"demo", "--store", "sqlite:d"}).nodes, 1U);
    EXPECT_EQ(command<DemoCommand>({"demo", "--store", "postgresql://h/d"}).nodes, 2U);
    EXPECT_EQ(command<DemoCommand>({"demo", "--store", "postgresql://h/d", "--nodes", "5"}).nodes,
              5U);
    EXPECT_EQ(complaint({"demo", "--nodes", "2"}),
              "dibs: --nodes: a SQLite store has one owner; several nodes need --store "
              "postgresql://…\n");
}

}  // namespace
}  // namespace dibs::app
