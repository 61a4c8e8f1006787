// Goal: what may block is done by workers, never by the thread that serves connections, and where
// the workers have no room that is said at once. Method: the one reader is held inside the store;
// meanwhile other requests are answered.

#include "controller/errand.h"

#include <gtest/gtest.h>

#include <future>

#include "unit/controller/running_api.h"
#include "unit/http/wire.h"

namespace dibs::controller {
namespace {

using test::a_coupon;
using test::StoreStep;

TEST(Errand, AReadThatTakesLongHoldsUpNobodyWhoAsksForACoupon) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(1));
    const std::string target = "/api/v1/coupons/" + std::to_string(coupon);
    api.faults().hold(StoreStep::find);
    auto slow = std::async(std::launch::async, [&] { return told(api.ask("GET", target)); });
    api.faults().wait_until_held(StoreStep::find);
    EXPECT_EQ(told(api.issue(coupon, "ann")), "201");
    api.faults().let_go(StoreStep::find);
    EXPECT_EQ(slow.get(), "200");
}

TEST(Errand, ALineOfReadersThatIsFullIsToldAtOnce) {
    RunningApi api({.reads_waiting_max = 0});
    const auto coupon = api.offer(a_coupon().with_stock(1));
    const auto refused = api.ask("GET", "/api/v1/coupons/" + std::to_string(coupon));
    EXPECT_EQ(told(refused), "503 overloaded");
    EXPECT_EQ(refused.field("retry-after"), "1");
    EXPECT_EQ(told(api.issue(coupon, "ann")), "201");
}

TEST(Errand, WhoHangsUpMeanwhileHurtsNobody) {
    RunningApi api;
    const auto coupon = api.offer(a_coupon().with_stock(1));
    const std::string target = "/api/v1/coupons/" + std::to_string(coupon);
    api.faults().hold(StoreStep::find);
    {
        http::test::Wire wire(api.public_port());
        ASSERT_TRUE(wire.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        api.faults().wait_until_held(StoreStep::find);
    }
    api.faults().let_go(StoreStep::find);
    // The reader has nobody to answer any more, and goes on with the next one.
    EXPECT_EQ(told(api.ask("GET", target)), "200");
}

}  // namespace
}  // namespace dibs::controller
