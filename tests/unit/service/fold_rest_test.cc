// Goal: the fold rests where somebody came to be issued a coupon meanwhile, and only there.
// Method: a line that some join between two steps.

#include "service/fold_rest.h"

#include <gtest/gtest.h>

#include "support/builders.h"
#include "support/manual_clock.h"

namespace dibs::service {
namespace {

using namespace std::chrono_literals;

class RestForRequestsTest : public testing::Test {
protected:
    void somebody_comes() {
        ASSERT_EQ(line_.join({.coupon_id = domain::CouponId{1},
                              .user_id = test::user("alice"),
                              .idempotency_key = std::nullopt,
                              .deadline = base::SteadyInstant::max(),
                              .desk = nullptr,
                              .ticket = 1}),
                  issuing::WaitingLine::Admission::joined);
    }

    test::ManualClock clock_;
    issuing::WaitingLine line_{10, clock_};
};

TEST_F(RestForRequestsTest, IsNotNeededWhereNobodyComes) {
    somebody_comes();  // Before the fold.
    RestForRequests rest(line_);
    EXPECT_EQ(rest(7ms), 0ns);
    EXPECT_EQ(rest(7ms), 0ns);
}

TEST_F(RestForRequestsTest, LeavesNineTenthsToThoseWhoCome) {
    RestForRequests rest(line_);
    somebody_comes();
    EXPECT_EQ(rest(7ms), 63ms);
    EXPECT_EQ(rest(7ms), 0ns) << "nobody else came";
    somebody_comes();
    EXPECT_EQ(rest(8ms), 72ms);
}

TEST_F(RestForRequestsTest, IsNotEndedByThoseWhoWereServedMeanwhile) {
    RestForRequests rest(line_);
    somebody_comes();
    EXPECT_EQ(line_.take(10).size(), 1U);
    EXPECT_EQ(rest(7ms), 63ms);
}

}  // namespace
}  // namespace dibs::service
