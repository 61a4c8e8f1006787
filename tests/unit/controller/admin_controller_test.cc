// Goal: operators can offer, change, stock up and take back; each wrong thing is named; and nobody
// else can do any of it.
// Method: the whole operators' API in this process; what was answered is held against what
// customers then get.

#include "controller/admin_controller.h"

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
using testing::HasSubstr;

const std::string lunch = R"({"name":"Lunch","description":"Soup.","from":"2026-11-27T12:00:00Z",)"
                          R"("to":"2026-11-28T12:00:00Z","limitPerUser":2,"stock":3})";

std::string stock_of(std::int64_t coupon) {
    return fmt::format("/admin/v1/coupons/{}/inventory", coupon);
}

TEST(Operators, OfferACoupon) {
    RunningApi api;
    const auto created = api.operate("POST", "/admin/v1/coupons", lunch);
    ASSERT_EQ(told(created), "201");
    const auto id = body_of(created).at("id").as_int64();
    EXPECT_EQ(created.field("location"), fmt::format("/admin/v1/coupons/{}", id));
    EXPECT_EQ(body_of(created).at("stock").as_int64(), 3);
    EXPECT_EQ(body_of(created).at("issued").as_int64(), 0);
    EXPECT_EQ(body_of(created).at("createdAt").as_string(), "2026-11-27T12:00:00.000000Z");
    EXPECT_EQ(api.operate("GET", std::string(*created.field("location"))).body, created.body);
    EXPECT_EQ(told(api.issue(id, "ann")), "201");
}

TEST(Operators, AreToldWhichFieldIsWrong) {
    RunningApi api;
    const auto wrong_field = [&](std::string_view body) {
        const auto refused = api.operate("POST", "/admin/v1/coupons", body);
        EXPECT_EQ(told(refused), "400 invalid-request");
        return text_of(refused, "field");
    };
    EXPECT_EQ(wrong_field("not JSON"), "body");
    EXPECT_EQ(wrong_field("{}"), "name");
    EXPECT_EQ(wrong_field(R"({"name":"","from":"2026-11-27T12:00:00Z",)"
                          R"("to":"2026-11-28T12:00:00Z","stock":3})"),
              "name");
    EXPECT_EQ(wrong_field(R"({"name":"a","from":"2026-11-27T12:00:00Z",)"
                          R"("to":"2026-11-26T12:00:00Z","stock":3})"),
              "to");
    EXPECT_EQ(wrong_field(R"({"name":"a","from":"2026-11-27T12:00:00Z",)"
                          R"("to":"2026-11-28T12:00:00Z","stock":-1})"),
              "stock");
    EXPECT_EQ(body_of(api.operate("GET", "/admin/v1/coupons")).at("items").as_array().size(), 0U);
}

TEST(Operators, SeeAllCouponsPageByPage) {
    RunningApi api;
    for (const char* name : {"a", "b", "c"}) api.offer(a_coupon().named(name));
    std::vector<std::string> names;
    std::string target = "/admin/v1/coupons?limit=2";
    while (true) {
        const auto body = body_of(api.operate("GET", target));
        for (const auto& item : body.at("items").as_array()) {
            names.emplace_back(item.at("name").as_string());
        }
        if (body.at("next").is_null()) break;
        target = "/admin/v1/coupons?limit=2&cursor=" + std::string(body.at("next").as_string());
    }
    EXPECT_THAT(names, ElementsAre("a", "b", "c"));
    EXPECT_EQ(text_of(api.operate("GET", "/admin/v1/coupons?limit=1001"), "field"), "limit");
    EXPECT_EQ(text_of(api.operate("GET", "/admin/v1/coupons?cursor=x"), "field"), "cursor");
}

TEST(Operators, ChangeWhatIsAnnounced) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().named("Lunch").with_stock(9));
    const std::string place = fmt::format("/admin/v1/coupons/{}", coupon);
    const auto changed = api.operate("PATCH", place, R"({"name":"Dinner"})");
    EXPECT_EQ(told(changed), "200");
    EXPECT_EQ(text_of(changed, "name"), "Dinner");
    const auto refused = api.operate("PATCH", place, R"({"to":"2020-01-01T00:00:00Z"})");
    EXPECT_EQ(told(refused), "400 invalid-request");
    EXPECT_EQ(text_of(refused, "field"), "to");
    EXPECT_EQ(text_of(api.operate("PATCH", place, R"({"stock":5})"), "field"), "stock");
    EXPECT_EQ(told(api.operate("PATCH", "/admin/v1/coupons/999", R"({"name":"x"})")),
              "404 coupon-not-found");
    EXPECT_EQ(told(api.operate("PATCH", "/admin/v1/coupons/abc", R"({"name":"x"})")),
              "404 coupon-not-found");
    EXPECT_EQ(text_of(api.operate("GET", place), "name"), "Dinner");
}

TEST(Operators, StockUpAndTakeOff) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(1));
    const auto more = api.operate("POST", stock_of(coupon), R"({"amount":4,"reason":"restock"})");
    ASSERT_EQ(told(more), "201");
    EXPECT_EQ(more.field("location"), fmt::format("/admin/v1/coupons/{}/history/2", coupon));
    EXPECT_EQ(api.operate("GET", std::string(*more.field("location"))).body, more.body);
    EXPECT_EQ(text_of(more, "kind"), "stocked");
    EXPECT_EQ(body_of(more).at("stockAfter").as_int64(), 5);
    EXPECT_EQ(text_of(api.operate("POST", stock_of(coupon), R"({"amount":-5})"), "kind"),
              "adjusted");
    const auto too_many = api.operate("POST", stock_of(coupon), R"({"amount":-1})");
    EXPECT_EQ(told(too_many), "409 stock-below-zero");
    EXPECT_THAT(text_of(too_many, "detail"), HasSubstr("The stock is 0."));
    static_cast<void>(api.operate("POST", stock_of(coupon), R"({"amount":1})"));
    const auto too_large = api.operate("POST", stock_of(coupon), R"({"amount":9007199254740991})");
    EXPECT_EQ(told(too_large), "400 invalid-request");
    EXPECT_EQ(text_of(too_large, "field"), "amount");
    EXPECT_EQ(text_of(api.operate("POST", stock_of(coupon), "{}"), "field"), "amount");
    EXPECT_EQ(told(api.operate("POST", stock_of(999), R"({"amount":1})")), "404 coupon-not-found");
    EXPECT_EQ(told(api.operate("POST", "/admin/v1/coupons/x/inventory", R"({"amount":1})")),
              "404 coupon-not-found");
}

TEST(Operators, ARestockIsThereForTheNextCustomer) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(1));
    EXPECT_EQ(told(api.issue(coupon, "ann")), "201");
    // Often enough for the latch to have closed by the last one, if it ever does.
    for (int i = 0; i < 5; ++i) EXPECT_EQ(told(api.issue(coupon, "bob")), "400 coupon-sold-out");
    EXPECT_EQ(told(api.operate("POST", stock_of(coupon), R"({"amount":1})")), "201");
    EXPECT_EQ(told(api.issue(coupon, "bob")), "201");
}

TEST(Operators, TakeACouponBackOnce) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(1));
    const std::string id = text_of(api.issue(coupon, "ann"), "id");
    const std::string place = fmt::format("/admin/v1/registrations/{}/return", id);
    const auto taken = api.operate("POST", place, R"({"reason":"by mistake"})");
    ASSERT_EQ(told(taken), "201");
    EXPECT_EQ(text_of(taken, "status"), "returned");
    EXPECT_EQ(text_of(taken, "userId"), "ann");
    const auto event = api.operate("GET", std::string(*taken.field("location")));
    EXPECT_EQ(text_of(event, "kind"), "returned");
    EXPECT_EQ(text_of(event, "reason"), "by mistake");
    EXPECT_EQ(told(api.operate("POST", place)), "409 already-returned");
    EXPECT_EQ(told(api.issue(coupon, "bob")), "201");
    EXPECT_EQ(text_of(api.operate("POST", place, R"({"why":"x"})"), "field"), "why");
    for (const char* nobodys : {"1-999", "x", "1"}) {
        EXPECT_EQ(
            told(api.operate("POST", fmt::format("/admin/v1/registrations/{}/return", nobodys))),
            "404 registration-not-found");
    }
}

TEST(Operators, HearThatTheyMustLookBeforeTheyRepeat) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(1));
    api.faults().do_and_fail_next(StoreStep::change_stock, FailureKind::in_doubt);
    const auto unknown = api.operate("POST", stock_of(coupon), R"({"amount":4})");
    EXPECT_EQ(told(unknown), "503 outcome-unknown");
    EXPECT_THAT(unknown.body, HasSubstr("Look at what it has"));
    for (const auto& [step, method, target, body] :
         {std::tuple(StoreStep::create, "POST", std::string("/admin/v1/coupons"), lunch.c_str()),
          std::tuple(StoreStep::find, "GET", fmt::format("/admin/v1/coupons/{}", coupon), ""),
          std::tuple(StoreStep::take_back, "POST",
                     std::string("/admin/v1/registrations/1-2/return"), "")}) {
        api.faults().fail_next(step, FailureKind::unavailable);
        EXPECT_EQ(told(api.operate(method, target, body)), "503 store-unavailable") << target;
    }
}

}  // namespace
}  // namespace dibs::controller
