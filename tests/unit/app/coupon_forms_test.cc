// Goal: the operators' commands take what they should. Method: lines as a shell would split them,
// with the environment given.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/ids.h"
#include "unit/app/parsing.h"

namespace dibs::app {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

TEST(CouponCommand, Creates) {
    const auto coupon = command<CouponCommand>(
        {"coupon", "create", "--name", "Black Friday 50%", "--stock", "1000", "--to", "+7d"});
    const auto& create = std::get<CreateCoupon>(coupon.action);
    EXPECT_EQ(create.name, "Black Friday 50%");
    EXPECT_EQ(create.description, "");
    EXPECT_EQ(create.from, now);
    EXPECT_EQ(create.to, now + hours(24 * 7));
    EXPECT_EQ(create.limit_per_user, 1);
    EXPECT_EQ(create.stock, 1000);
    EXPECT_EQ(coupon.admin, (Endpoint{"127.0.0.1", 8081}));
    const auto given = command<CouponCommand>(
        {"coupon", "create", "--name", "-50%", "--stock", "0", "--from", "2026-11-27T03:00:00Z",
         "--to", "2026-11-27T03:00:00Z", "--limit-per-user", "3", "--description", "so cheap"});
    const auto& other = std::get<CreateCoupon>(given.action);
    EXPECT_EQ(other.name, "-50%");
    EXPECT_EQ(other.from, other.to);
    EXPECT_EQ(other.limit_per_user, 3);
    EXPECT_EQ(other.description, "so cheap");
}

TEST(CouponCommand, RefusesACouponThatNobodyCouldGet) {
    const std::vector<std::string> base{"coupon", "create", "--name", "n", "--stock", "1"};
    std::vector<std::string> arguments = base;
    EXPECT_EQ(complaint(arguments), "dibs: --to is missing (see dibs coupon create --help)\n");
    arguments.insert(arguments.end(), {"--to", "2026-11-27T02:59:59Z"});
    EXPECT_EQ(complaint(arguments),
              "dibs: --to lies before --from: nobody could ever get the coupon\n");
    // Of several wrong things the first is told: here not that the end lies before the beginning.
    arguments.back() = "yesterday";
    EXPECT_THAT(complaint(arguments), HasSubstr("\"yesterday\" is not a moment such as"));
    arguments = {"coupon", "create", "--name", "n", "--to", "+1d", "--stock", "-1"};
    EXPECT_THAT(complaint(arguments), HasSubstr("\"-1\" is not a whole number from 0 to"));
    arguments = {"coupon", "create", "--name", "n", "--to", "+1d"};
    EXPECT_EQ(complaint(arguments), "dibs: --stock is missing (see dibs coupon create --help)\n");
}

TEST(CouponCommand, HasTheLimitsThatTheServiceHas) {
    const auto create = [](const std::string& option, std::int64_t value) {
        std::vector<std::string> arguments{"coupon", "create", "--name", "n", "--to", "+1d"};
        if (option != "--stock") arguments.insert(arguments.end(), {"--stock", "1"});
        arguments.insert(arguments.end(), {option, std::to_string(value)});
        return arguments;
    };
    EXPECT_EQ(
        std::get<CreateCoupon>(command<CouponCommand>(create("--stock", domain::number_max)).action)
            .stock,
        domain::number_max);
    EXPECT_EQ(complaint(create("--stock", domain::number_max + 1)),
              "dibs: --stock (from the command line): \"9007199254740992\" is not a whole number "
              "from 0 to 9007199254740991\n");
    EXPECT_EQ(
        std::get<CreateCoupon>(command<CouponCommand>(create("--limit-per-user", 1'000)).action)
            .limit_per_user,
        1'000);
    EXPECT_EQ(complaint(create("--limit-per-user", 1'001)),
              "dibs: --limit-per-user (from the command line): \"1001\" is not a whole number from "
              "1 to 1000\n");
    EXPECT_EQ(std::get<AddStock>(command<CouponCommand>({"coupon", "stock", "1", "--reason", "r",
                                                         "--add=-9007199254740991"})
                                     .action)
                  .amount,
              -domain::number_max);
}

TEST(CouponCommand, FindsTheOperatorsWhereTheServiceIsConfiguredToListen) {
    const auto admin = [](const std::string& listen) {
        return command<CouponCommand>({"coupon", "list"}, {{"DIBS_ADMIN_LISTEN", listen}}).admin;
    };
    EXPECT_EQ(admin("10.0.0.1:9"), (Endpoint{"10.0.0.1", 9}));
    EXPECT_EQ(admin("0.0.0.0:9"), (Endpoint{"127.0.0.1", 9}));
    EXPECT_EQ(admin("[::]:9"), (Endpoint{"::1", 9}));
    EXPECT_EQ(command<CouponCommand>({"coupon", "list", "--admin", "http://h:1"},
                                     {{"DIBS_ADMIN_LISTEN", "127.0.0.1:0"}})
                  .admin,
              (Endpoint{"h", 1}));
    EXPECT_EQ(complaint({"coupon", "list"}, {{"DIBS_ADMIN_LISTEN", "127.0.0.1:0"}}),
              "dibs: --admin-listen of port 0 is another port at each start: say which with "
              "--admin\n");
}

TEST(CouponCommand, KnowsWhomTheServiceBelieves) {
    EXPECT_EQ(command<CouponCommand>({"coupon", "list"}).access.auth, AuthenticationMode::jwt);
    EXPECT_EQ(
        command<CouponCommand>({"coupon", "list"}, {{"DIBS_AUTH", "trusted-header"}}).access.auth,
        AuthenticationMode::trusted_header);
    EXPECT_EQ(command<CouponCommand>({"coupon", "list", "--auth", "trusted-header"}).access.auth,
              AuthenticationMode::trusted_header);
}

TEST(CouponCommand, ListsAndShows) {
    EXPECT_TRUE(
        std::holds_alternative<ListCoupons>(command<CouponCommand>({"coupon", "list"}).action));
    EXPECT_EQ(std::get<ShowCoupon>(command<CouponCommand>({"coupon", "show", "42"}).action).id, 42);
    EXPECT_EQ(complaint({"coupon", "show"}), "dibs: ID is missing (see dibs coupon show --help)\n");
    EXPECT_EQ(complaint({"coupon", "show", "x"}),
              "dibs: ID (from the command line): \"x\" is not a coupon's id, a whole number above "
              "0\n");
    const auto history = std::get<ShowHistory>(
        command<CouponCommand>({"coupon", "history", "42", "--from", "now", "--to", "+1d"}).action);
    EXPECT_EQ(history.id, 42);
    EXPECT_EQ(history.from, now);
    EXPECT_EQ(history.to, now + hours(24));
}

TEST(CouponCommand, ShowsStockOrAddsToIt) {
    const auto show = std::get<ShowStock>(command<CouponCommand>({"coupon", "stock", "42"}).action);
    EXPECT_EQ(show.id, 42);
    EXPECT_EQ(show.at, std::nullopt);
    const auto at = std::get<ShowStock>(
        command<CouponCommand>({"coupon", "stock", "42", "--at", "2026-11-27T03:00:00Z"}).action);
    EXPECT_EQ(at.at, now);
    for (const std::vector<std::string>& amount :
         {std::vector<std::string>{"--add", "-5"}, {"--add=-5"}}) {
        std::vector<std::string> arguments{"coupon", "stock", "42", "--reason", "broken"};
        arguments.insert(arguments.end(), amount.begin(), amount.end());
        const auto add = std::get<AddStock>(command<CouponCommand>(arguments).action);
        EXPECT_EQ(add.id, 42);
        EXPECT_EQ(add.amount, -5);
        EXPECT_EQ(add.reason, "broken");
    }
    EXPECT_EQ(complaint({"coupon", "stock", "1", "--add", "5"}),
              "dibs: --add needs --reason: it is kept with the event\n");
    EXPECT_EQ(complaint({"coupon", "stock", "1", "--add", "0", "--reason", "r"}),
              "dibs: --add of 0 changes nothing\n");
    EXPECT_EQ(complaint({"coupon", "stock", "1", "--reason", "r"}),
              "dibs: --reason is of no use without --add\n");
    EXPECT_EQ(complaint({"coupon", "stock", "1", "--add", "5", "--reason", "r", "--at", "now"}),
              "dibs: --add and --at exclude each other\n");
}

TEST(CouponCommand, TakesItsTokenFromAFlagAFileOrTheEnvironment) {
    const auto by_default = command<CouponCommand>({"coupon", "list"});
    EXPECT_EQ(by_default.token, std::nullopt);
    EXPECT_EQ(by_default.token_file, std::nullopt);
    EXPECT_EQ(by_default.access.store, "sqlite:./dibs.db");
    EXPECT_EQ(command<CouponCommand>({"coupon", "list"}, {{"DIBS_TOKEN", "t"}}).token, "t");
    EXPECT_EQ(command<CouponCommand>({"coupon", "list"}, {{"DIBS_TOKEN", ""}}).token, std::nullopt);
    EXPECT_EQ(
        command<CouponCommand>({"coupon", "list", "--token", "u"}, {{"DIBS_TOKEN", "t"}}).token,
        "u");
    EXPECT_EQ(command<CouponCommand>({"coupon", "list", "--token-file", "f"}).token_file, "f");
    EXPECT_EQ(complaint({"coupon", "list", "--token", "u", "--token-file", "f"}),
              "dibs: --token and --token-file exclude each other: give one of them\n");
    EXPECT_EQ(command<CouponCommand>({"coupon", "list", "--admin", "http://h"}).admin,
              (Endpoint{"h", 80}));
}

}  // namespace
}  // namespace dibs::app
