// Goal: what is sent is a request of the right user, with the right key, and nothing can be
// smuggled into it. Method: look at the bytes.

#include "rehearsal/request_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace dibs::rehearsal {
namespace {

CrowdOptions three_users() {
    CrowdOptions options;
    options.host = "shop.example";
    options.port = 80;
    options.coupon_id = 42;
    options.user_count = 3;
    options.user_pattern = "user-#";
    options.identity = [](std::string_view user) { return "X-User-Id: " + std::string(user); };
    return options;
}

RequestPlan plan_of(const CrowdOptions& options) {
    auto plan = RequestPlan::make(options);
    EXPECT_TRUE(plan.is_ok());
    return std::move(plan).value();
}

std::string request_of(const CrowdOptions& options, std::uint64_t number) {
    std::string out;
    plan_of(options).append_request(out, number);
    return out;
}

TEST(RequestPlan, RendersARequestOfEachUser) {
    EXPECT_EQ(request_of(three_users(), 0),
              "POST /api/v1/coupons/42/me HTTP/1.1\r\nHost: shop.example:80\r\n"
              "X-User-Id: user-1\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TRUE(request_of(three_users(), 2).contains("\r\nX-User-Id: user-3\r\n"));
}

TEST(RequestPlan, LeavesOutWhatIsNotThere) {
    CrowdOptions options = three_users();
    options.method = "GET";
    options.path = "/livez";
    options.host = "::1";
    options.identity = nullptr;
    EXPECT_EQ(request_of(options, 1), "GET /livez HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");
}

TEST(RequestPlan, LetsAUsersRequestsFollowEachOther) {
    CrowdOptions options = three_users();
    options.requests_per_user = 2;
    const RequestPlan plan = plan_of(options);
    EXPECT_EQ(plan.request_count(), 6U);
    EXPECT_EQ(plan.user_of(0), 0U);
    EXPECT_EQ(plan.user_of(1), 0U);
    EXPECT_EQ(plan.user_of(2), 1U);
    EXPECT_EQ(plan.user_of(5), 2U);
}

TEST(RequestPlan, GoesRoundTheUsersWithoutEnd) {
    CrowdOptions options = three_users();
    options.requests_per_user = 0;
    const RequestPlan plan = plan_of(options);
    EXPECT_EQ(plan.request_count(), std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(plan.user_of(0), 0U);
    EXPECT_EQ(plan.user_of(1), 1U);
    EXPECT_EQ(plan.user_of(3), 0U);
}

TEST(RequestPlan, GivesAKeyPerUserOrPerRequest) {
    CrowdOptions options = three_users();
    options.requests_per_user = 2;
    options.first_user = 7;
    options.key_prefix = "run";
    EXPECT_EQ(plan_of(options).key_of(1), "");

    options.key_use = KeyUse::per_user;
    EXPECT_EQ(plan_of(options).key_of(0), "run-7");
    EXPECT_EQ(plan_of(options).key_of(1), "run-7");
    EXPECT_TRUE(request_of(options, 2).contains("\r\nIdempotency-Key: \"run-8\"\r\n"));

    options.key_use = KeyUse::per_request;
    EXPECT_EQ(plan_of(options).key_of(0), "run-7-1");
    EXPECT_EQ(plan_of(options).key_of(1), "run-7-2");
    EXPECT_TRUE(request_of(options, 3).contains("\r\nIdempotency-Key: \"run-8-2\"\r\n"));
}

TEST(RequestPlan, AsksForSeveralCouponsInTurn) {
    CrowdOptions options = three_users();
    options.coupon_count = 2;
    const RequestPlan plan = plan_of(options);
    EXPECT_EQ(plan.coupon_of(0), 42);
    EXPECT_EQ(plan.coupon_of(1), 43);
    EXPECT_EQ(plan.coupon_of(2), 42);
    EXPECT_TRUE(request_of(options, 0).starts_with("POST /api/v1/coupons/42/me HTTP/1.1\r\n"));
    EXPECT_TRUE(request_of(options, 1).starts_with("POST /api/v1/coupons/43/me HTTP/1.1\r\n"));
}

TEST(RequestPlan, ShufflesUsersTheSameWayEachTimeAndForgetsNone) {
    CrowdOptions options = three_users();
    options.user_count = 1'000;
    options.user_pattern = "user-####";
    options.shuffles_users = true;
    const RequestPlan plan = plan_of(options);
    const RequestPlan again = plan_of(options);
    std::vector<std::uint32_t> users;
    std::uint32_t in_their_place = 0;
    for (std::uint32_t number = 0; number < 1'000; ++number) {
        users.push_back(plan.user_of(number));
        in_their_place += plan.user_of(number) == number ? 1 : 0;
        EXPECT_EQ(plan.user_of(number), again.user_of(number));
    }
    EXPECT_LT(in_their_place, 100U);
    std::ranges::sort(users);
    for (std::uint32_t user = 0; user < 1'000; ++user) EXPECT_EQ(users[user], user);
}

TEST(RequestPlan, SendsAShuffledUsersOwnIdentity) {
    CrowdOptions options = three_users();
    options.user_count = 100;
    options.user_pattern = "user-###";
    options.shuffles_users = true;
    const RequestPlan plan = plan_of(options);
    for (std::uint64_t number = 0; number < 100; ++number) {
        std::string out;
        plan.append_request(out, number);
        const std::string user = plan.users().name_of(plan.user_of(number));
        EXPECT_TRUE(out.contains("\r\nX-User-Id: " + user + "\r\n")) << out;
    }
}

TEST(RequestPlan, RefusesAnIdentityThatWouldEndTheHead) {
    for (const char* lines : {"A: b\r\n\r\nGET / HTTP/1.1", "A: b\r\n", "\r\nA: b", "A: b\nC: d",
                              "A: b\rC: d", "A: b\r"}) {
        CrowdOptions options = three_users();
        options.identity = [lines](std::string_view) { return std::string(lines); };
        const auto plan = RequestPlan::make(options);
        ASSERT_FALSE(plan.is_ok()) << lines;
        EXPECT_EQ(plan.failure().kind, base::FailureKind::invalid);
    }
    CrowdOptions options = three_users();
    options.identity = [](std::string_view) { return std::string("A: b\r\nC: d"); };
    EXPECT_TRUE(request_of(options, 0).contains("\r\nA: b\r\nC: d\r\nContent-Length"));
}

}  // namespace
}  // namespace dibs::rehearsal
