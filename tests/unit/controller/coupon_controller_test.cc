// Goal: whoever presses the button is told over HTTP exactly what came of it, and the window opens
// and closes to the microsecond. Method: the whole API in this process with a clock that stands
// where the test puts it; the store is held or made to fail where an answer depends on it.

#include "controller/coupon_controller.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "unit/controller/running_api.h"

namespace dibs::controller {
namespace {

using base::FailureKind;
using test::a_coupon;
using test::noon;
using test::one_tick;
using test::StoreStep;
using testing::HasSubstr;

using namespace std::chrono_literals;

TEST(Issuing, TheWindowOpensAndClosesToTheMicrosecond) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().from(noon).to(noon + 1h).with_stock(100));
    const auto told_at = [&](base::Instant now, std::string_view user) {
        api.clock().set(now);
        return told(api.issue(coupon, user));
    };
    EXPECT_EQ(told_at(noon - one_tick, "early"), "400 coupon-not-started");
    EXPECT_EQ(told_at(noon, "first"), "201");
    EXPECT_EQ(told_at(noon + 1h, "last"), "201");
    EXPECT_EQ(told_at(noon + 1h + one_tick, "late"), "400 coupon-ended");
}

TEST(Issuing, AWindowOfOneMicrosecondIsOne) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().from(noon).to(noon).with_stock(100));
    EXPECT_EQ(told(api.issue(coupon, "ann")), "201");
    api.clock().set(noon + one_tick);
    EXPECT_EQ(told(api.issue(coupon, "bob")), "400 coupon-ended");
}

TEST(Issuing, A201ShowsWhatTheUserHoldsAndWhere) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().named("Lunch").with_stock(100));
    api.clock().advance(1'234us);
    const auto response = api.issue(coupon, "ann");
    ASSERT_EQ(told(response), "201");
    EXPECT_EQ(response.field("content-type"), "application/json");
    const std::string id = fmt::format("{}-2", coupon);
    EXPECT_EQ(response.field("location"), "/api/v1/coupons/me/" + id);
    const auto body = body_of(response);
    EXPECT_EQ(body.at("id").as_string(), id);
    EXPECT_EQ(body.at("couponId").as_int64(), coupon);
    EXPECT_EQ(body.at("rank").as_int64(), 1);
    EXPECT_EQ(body.at("registeredAt").as_string(), "2026-11-27T12:00:00.001234Z");
    EXPECT_EQ(body.at("status").as_string(), "active");
    EXPECT_EQ(body.at("coupon").at("name").as_string(), "Lunch");
    EXPECT_EQ(api.ask("GET", std::string(*response.field("location")), "ann").body, response.body);
}

TEST(Issuing, TellsEveryRefusal) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(1));
    ASSERT_EQ(told(api.issue(coupon, "ann")), "201");
    EXPECT_EQ(told(api.issue(coupon, "bob")), "400 coupon-sold-out");
    const auto again = api.issue(coupon, "ann");
    EXPECT_EQ(told(again), "409 coupon-already-registered");
    ASSERT_EQ(body_of(again).at("items").as_array().size(), 1U);
    EXPECT_EQ(body_of(again).at("items").at(0).at("rank").as_int64(), 1);
    EXPECT_EQ(told(api.issue(coupon + 1, "ann")), "404 coupon-not-found");
    EXPECT_EQ(told(api.issue(coupon, "")), "401 unauthenticated");
}

TEST(Issuing, WhatIsNoCouponsIdIsNoCoupon) {
    RunningApi api;
    for (const char* id : {"0", "-1", "01", "abc", "1.0", "9007199254740992", "1%20", "%31x"}) {
        EXPECT_EQ(told(api.ask("POST", fmt::format("/api/v1/coupons/{}/me", id), "ann")),
                  "404 coupon-not-found")
            << id;
    }
}

TEST(Issuing, TheSameKeyGetsTheFirstAnswerAgain) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().limit(3).with_stock(9));
    const auto first = api.issue(coupon, "ann", {{"Idempotency-Key", "\"k-1\""}});
    const auto second = api.issue(coupon, "ann", {{"Idempotency-Key", "k-1"}});
    const auto other = api.issue(coupon, "ann", {{"Idempotency-Key", "\"k-2\""}});
    EXPECT_EQ(told(first), "201");
    EXPECT_EQ(told(second), "201");
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(first.field("idempotent-replayed"), std::nullopt);
    EXPECT_EQ(second.field("idempotent-replayed"), "true");
    EXPECT_EQ(told(other), "201");
    EXPECT_NE(other.body, first.body);
    const auto wrong = api.issue(coupon, "ann", {{"Idempotency-Key", "two words"}});
    EXPECT_EQ(told(wrong), "400 invalid-request");
    EXPECT_EQ(text_of(wrong, "field"), "Idempotency-Key");
}

TEST(Issuing, WhoAsksTooOftenIsToldHowLongToWait) {
    RunningApi api({.user_rate = 2, .user_burst = 1});
    const auto coupon = api.offer(a_coupon().limit(9).with_stock(9));
    EXPECT_EQ(told(api.issue(coupon, "ann")), "201");
    const auto refused = api.issue(coupon, "ann");
    EXPECT_EQ(told(refused), "429 rate-limited");
    EXPECT_EQ(refused.field("retry-after"), "1");
    EXPECT_EQ(refused.field("ratelimit-policy"), R"("user";q=2;w=1)");
    EXPECT_EQ(told(api.issue(coupon, "bob")), "201") << "somebody else is not limited by her";
    api.clock().advance(500ms);
    EXPECT_EQ(told(api.issue(coupon, "ann")), "201");
}

TEST(Issuing, AStoreThatIsGoneIsA503AndNothingWasDone) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(9));
    api.faults().fail_next(StoreStep::open_books, FailureKind::unavailable);
    const auto response = api.issue(coupon, "ann");
    EXPECT_EQ(told(response), "503 store-unavailable");
    EXPECT_EQ(response.field("retry-after"), "1");
    EXPECT_TRUE(response.field("x-request-id").has_value());
    EXPECT_EQ(told(api.issue(coupon, "ann")), "201");
}

TEST(Issuing, AnOutcomeThatIsNotKnownSaysThatRepeatingIsSafe) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(9));
    api.faults().do_and_fail_next(StoreStep::commit, FailureKind::in_doubt);
    api.faults().let_next_pass(StoreStep::open_books);
    api.faults().fail_next(StoreStep::open_books, FailureKind::unavailable);
    const auto response = api.issue(coupon, "ann");
    EXPECT_EQ(told(response), "503 outcome-unknown");
    EXPECT_THAT(response.body, HasSubstr("Repeating the request is safe."));
    EXPECT_EQ(told(api.issue(coupon, "ann")), "409 coupon-already-registered");
}

/// Waits until so many stand in the line.
void wait_for_line(RunningApi& api, std::size_t length) {
    while (api.line().length() < length) std::this_thread::yield();
}

TEST(Issuing, AFullLineIsToldAtOnce) {
    RunningApi api({.queue_max = 2});
    const auto coupon = api.offer(a_coupon().with_stock(9));
    api.faults().hold(StoreStep::commit);
    std::vector<std::future<std::string>> asking;
    const auto ask_aside = [&](std::string user) {
        asking.push_back(std::async(std::launch::async, [&api, coupon, user = std::move(user)] {
            return told(api.issue(coupon, user));
        }));
    };
    ask_aside("ann");  // Is in the commit.
    api.faults().wait_until_held(StoreStep::commit);
    ask_aside("bob");
    wait_for_line(api, 1);
    ask_aside("cid");
    wait_for_line(api, 2);
    const auto refused = api.issue(coupon, "dan");
    EXPECT_EQ(told(refused), "503 overloaded");
    EXPECT_EQ(refused.field("retry-after"), "1");
    api.faults().let_go(StoreStep::commit);
    for (auto& one : asking) EXPECT_EQ(one.get(), "201");
}

TEST(Issuing, WhoHasWaitedTooLongIsTurnedAway) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(9));
    api.faults().hold(StoreStep::commit);
    auto first = std::async(std::launch::async, [&] { return told(api.issue(coupon, "ann")); });
    api.faults().wait_until_held(StoreStep::commit);
    auto second = std::async(std::launch::async, [&] { return told(api.issue(coupon, "bob")); });
    wait_for_line(api, 1);
    api.clock().advance(5s);
    api.faults().let_go(StoreStep::commit);
    EXPECT_EQ(first.get(), "201");
    EXPECT_EQ(second.get(), "503 overloaded");
    EXPECT_EQ(told(api.issue(coupon, "bob")), "201") << "nothing was written for him";
}

TEST(Issuing, IsCountedByWhatCameOfIt) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(1));
    static_cast<void>(api.issue(coupon, "ann", {{"Idempotency-Key", "k"}}));
    static_cast<void>(api.issue(coupon, "ann", {{"Idempotency-Key", "k"}}));
    static_cast<void>(api.issue(coupon, "ann"));
    static_cast<void>(api.issue(coupon, "bob"));
    static_cast<void>(api.issue(coupon + 1, "bob"));
    api.faults().fail_next(StoreStep::open_books, FailureKind::unavailable);
    static_cast<void>(api.issue(coupon + 1, "bob"));
    const std::string page = api.operate("GET", "/metrics").body;
    for (const char* line :
         {"dibs_issue_total{outcome=\"issued\"} 1", "dibs_issue_total{outcome=\"replayed\"} 1",
          "dibs_issue_total{outcome=\"coupon-already-registered\"} 1",
          "dibs_issue_total{outcome=\"coupon-sold-out\"} 1",
          "dibs_issue_total{outcome=\"coupon-not-found\"} 1",
          "dibs_issue_total{outcome=\"coupon-ended\"} 0", "dibs_issue_total{outcome=\"failed\"} 1",
          "dibs_issue_duration_seconds_count{outcome=\"issued\"} 1",
          "dibs_issue_duration_seconds_count{outcome=\"refused\"} 4"}) {
        EXPECT_THAT(page, HasSubstr(std::string(line) + "\n"));
    }
}

// What is on offer.

TEST(Offers, AreThoseThatAreOpenOrAboutToOpenPageByPage) {
    RunningApi api;
    api.offer(a_coupon().named("Over").from(noon - 2h).to(noon - one_tick));
    api.offer(a_coupon().named("Later").from(noon + 1h).to(noon + 2h));
    api.offer(a_coupon().named("Open").from(noon - 1h).to(noon));
    std::vector<std::string> names;
    std::string target = "/api/v1/coupons?limit=1";
    while (true) {
        const auto page = api.ask("GET", target);
        ASSERT_EQ(told(page), "200");
        const auto body = body_of(page);
        for (const auto& item : body.at("items").as_array()) {
            names.emplace_back(item.at("name").as_string());
        }
        if (body.at("next").is_null()) break;
        target = "/api/v1/coupons?limit=1&cursor=" + std::string(body.at("next").as_string());
    }
    EXPECT_THAT(names, testing::ElementsAre("Open", "Later"));
}

TEST(Offers, SayWhatIsLeft) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(2));
    static_cast<void>(api.issue(coupon, "ann"));
    const auto offer = api.ask("GET", fmt::format("/api/v1/coupons/{}", coupon));
    EXPECT_EQ(told(offer), "200");
    EXPECT_EQ(body_of(offer).at("remaining").as_int64(), 1);
    EXPECT_EQ(told(api.ask("GET", "/api/v1/coupons/999")), "404 coupon-not-found");
    EXPECT_EQ(told(api.ask("GET", "/api/v1/coupons/abc")), "404 coupon-not-found");
}

TEST(Offers, NameWhatIsWrongWithAPage) {
    RunningApi api;
    EXPECT_EQ(text_of(api.ask("GET", "/api/v1/coupons?limit=101"), "field"), "limit");
    EXPECT_EQ(text_of(api.ask("GET", "/api/v1/coupons?cursor=abc"), "field"), "cursor");
}

TEST(Offers, OfAStoreThatIsGoneAreA503) {
    RunningApi api;
    api.faults().fail_next(StoreStep::find, FailureKind::unavailable);
    EXPECT_EQ(told(api.ask("GET", "/api/v1/coupons/1")), "503 store-unavailable");
}

}  // namespace
}  // namespace dibs::controller
