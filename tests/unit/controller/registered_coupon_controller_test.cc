// Goal: a user sees all that they hold, newest first, and nothing of anybody else's.
// Method: two users over the whole API; pages of one, so that every cursor is used.

#include "controller/registered_coupon_controller.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/controller/running_api.h"

namespace dibs::controller {
namespace {

using base::FailureKind;
using test::a_coupon;
using test::StoreStep;
using testing::ElementsAre;

using namespace std::chrono_literals;

/// The names of all that a user is shown, page by page.
std::vector<std::string> names_shown_to(const RunningApi& api, std::string_view user, int limit) {
    std::vector<std::string> names;
    std::string cursor;
    while (true) {
        const auto page = api.ask("GET",
                                  fmt::format("/api/v1/coupons/me?limit={}{}{}", limit,
                                              cursor.empty() ? "" : "&cursor=", cursor),
                                  user);
        EXPECT_EQ(told(page), "200");
        const auto body = body_of(page);
        EXPECT_LE(body.at("items").as_array().size(), static_cast<std::size_t>(limit));
        for (const auto& item : body.at("items").as_array()) {
            names.emplace_back(item.at("coupon").at("name").as_string());
        }
        if (body.at("next").is_null()) return names;
        cursor = body.at("next").as_string();
    }
}

TEST(RegisteredCoupons, AreTheUsersOwnNewestFirst) {
    RunningApi api;
    for (const char* name : {"First", "Second", "Third"}) {
        const auto coupon = api.offer(a_coupon().named(name).with_stock(9));
        EXPECT_EQ(told(api.issue(coupon, "ann")), "201");
        api.clock().advance(1s);
    }
    const auto other = api.offer(a_coupon().named("Other").with_stock(9));
    EXPECT_EQ(told(api.issue(other, "bob")), "201");
    EXPECT_THAT(names_shown_to(api, "ann", 20), ElementsAre("Third", "Second", "First"));
    EXPECT_THAT(names_shown_to(api, "ann", 1), ElementsAre("Third", "Second", "First"));
    EXPECT_THAT(names_shown_to(api, "bob", 1), ElementsAre("Other"));
    EXPECT_THAT(names_shown_to(api, "cid", 1), ElementsAre());
}

TEST(RegisteredCoupons, ThatCameAtOneMomentAreAllShown) {
    RunningApi api;
    for (int i = 0; i < 5; ++i) {
        const auto coupon = api.offer(a_coupon().named(fmt::format("{}", i)).with_stock(9));
        EXPECT_EQ(told(api.issue(coupon, "ann")), "201");
    }
    EXPECT_EQ(names_shown_to(api, "ann", 2).size(), 5U);
}

TEST(RegisteredCoupons, AreShownOneByOneToTheirUserOnly) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(9));
    const auto issued = api.issue(coupon, "ann");
    const std::string place = "/api/v1/coupons/me/" + text_of(issued, "id");
    EXPECT_EQ(api.ask("GET", place, "ann").body, issued.body);
    EXPECT_EQ(told(api.ask("GET", place, "bob")), "404 registration-not-found");
    EXPECT_EQ(told(api.ask("GET", place)), "401 unauthenticated");
    for (const char* id : {"1", "1-", "x-2", "1-2-3", "01-2", "99-2"}) {
        EXPECT_EQ(told(api.ask("GET", fmt::format("/api/v1/coupons/me/{}", id), "ann")),
                  "404 registration-not-found")
            << id;
    }
}

TEST(RegisteredCoupons, NameWhatIsWrongWithAPage) {
    RunningApi api;
    for (const char* query : {"limit=0", "limit=101", "limit=x"}) {
        const auto refused = api.ask("GET", fmt::format("/api/v1/coupons/me?{}", query), "ann");
        EXPECT_EQ(told(refused), "400 invalid-request");
        EXPECT_EQ(text_of(refused, "field"), "limit");
    }
    EXPECT_EQ(text_of(api.ask("GET", "/api/v1/coupons/me?cursor=xyz", "ann"), "field"), "cursor");
}

TEST(RegisteredCoupons, ACursorOfTheOffersIsNotTheirs) {
    RunningApi api;
    for (int i = 0; i < 2; ++i) api.offer(a_coupon());
    const std::string cursor = text_of(api.ask("GET", "/api/v1/coupons?limit=1"), "next");
    EXPECT_EQ(told(api.ask("GET", "/api/v1/coupons/me?cursor=" + cursor, "ann")),
              "400 invalid-request");
}

TEST(RegisteredCoupons, AreForKnownCallersOnly) {
    RunningApi api;
    const auto refused = api.ask("GET", "/api/v1/coupons/me");
    EXPECT_EQ(told(refused), "401 unauthenticated");
    EXPECT_TRUE(refused.field("www-authenticate").has_value());
}

TEST(RegisteredCoupons, OfAStoreThatIsGoneAreA503) {
    RunningApi api;
    api.faults().fail_next(StoreStep::list_registered, FailureKind::unavailable);
    EXPECT_EQ(told(api.ask("GET", "/api/v1/coupons/me", "ann")), "503 store-unavailable");
}

}  // namespace
}  // namespace dibs::controller
