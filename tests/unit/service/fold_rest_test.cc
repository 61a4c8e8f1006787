// Goal: the fold rests where somebody came to be issued a coupon meanwhile, and only there.
// Method: a line that some join between two steps, and a pause that says how long it would be.

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

    /// How long the rest after such a step is.
    std::chrono::nanoseconds rest_after(std::chrono::nanoseconds step) {
        pause_.waited = 0ns;
        rest_.rest_after(step, 3s);
        return pause_.waited;
    }

    /// Passes at once.
    struct NotedPause final : issuing::Pause {
        bool wait(std::chrono::nanoseconds longest) override {
            waited += longest;
            return !is_ended;
        }
        void end() override { is_ended = true; }

        std::chrono::nanoseconds waited{0};
        bool is_ended = false;
    };

    test::ManualClock clock_;
    issuing::WaitingLine line_{10, clock_};
    NotedPause pause_;
    RestForRequests rest_{line_, pause_};
};

TEST_F(RestForRequestsTest, IsNotNeededWhereNobodyComes) {
    somebody_comes();  // Before the fold.
    rest_.begin();
    EXPECT_EQ(rest_after(7ms), 0ns);
    EXPECT_EQ(rest_after(7ms), 0ns);
    somebody_comes();  // Between two folds, as all day.
    rest_.begin();
    EXPECT_EQ(rest_after(7ms), 0ns);
}

TEST_F(RestForRequestsTest, LeavesNineTenthsToThoseWhoCome) {
    rest_.begin();
    somebody_comes();
    EXPECT_EQ(rest_after(7ms), 133ms);
    EXPECT_EQ(rest_after(7ms), 0ns) << "nobody else came";
    somebody_comes();
    EXPECT_EQ(rest_after(8ms), 152ms);
}

TEST_F(RestForRequestsTest, IsNotEndedByThoseWhoWereServedMeanwhile) {
    rest_.begin();
    somebody_comes();
    EXPECT_EQ(line_.take(10).size(), 1U);
    EXPECT_EQ(rest_after(7ms), 133ms);
}

TEST_F(RestForRequestsTest, IsNoLongerThanItMayBe) {
    rest_.begin();
    somebody_comes();
    EXPECT_EQ(rest_after(1h), 3s);
}

TEST_F(RestForRequestsTest, EndsItsPause) {
    rest_.end();
    EXPECT_TRUE(pause_.is_ended);
}

}  // namespace
}  // namespace dibs::service
