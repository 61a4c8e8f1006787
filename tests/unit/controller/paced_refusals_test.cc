// Goal: those who find no room are told at once while they are few, at a steady pace when they are
// many, within a second always, and as soon as there is room again.
// Method: the pace by itself with moments that the test names; then the whole API, whose line is
// kept full by a commit that is held.

#include "controller/paced_refusals.h"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "unit/controller/running_api.h"

namespace dibs::controller {
namespace {

using namespace std::chrono_literals;
using base::SteadyInstant;
using test::a_coupon;
using test::StoreStep;

constexpr SteadyInstant first_moment{1h};

TEST(RefusalPace, LetsABurstThroughAndThenOneEachMillisecond) {
    RefusalPace pace;
    for (int i = 0; i < RefusalPace::burst; ++i)
        ASSERT_EQ(pace.next(first_moment), first_moment) << i;
    EXPECT_EQ(pace.next(first_moment), first_moment + 1ms);
    EXPECT_EQ(pace.next(first_moment), first_moment + 2ms);
    EXPECT_EQ(pace.next(first_moment + 1ms), first_moment + 3ms);
}

TEST(RefusalPace, GivesTheBurstBackWithTime) {
    RefusalPace pace;
    for (int i = 0; i < RefusalPace::burst; ++i) static_cast<void>(pace.next(first_moment));
    const SteadyInstant later = first_moment + 10ms;
    for (int i = 0; i < 10; ++i) ASSERT_EQ(pace.next(later), later) << i;
    EXPECT_EQ(pace.next(later), later + 1ms);
}

TEST(RefusalPace, HoldsNobodyLongerThanASecondNorPutsAnyoneBeforeAnother) {
    RefusalPace pace;
    SteadyInstant last{};
    for (int i = 0; i < 10'000; ++i) {
        const SteadyInstant now = first_moment + i * 10us;
        const SteadyInstant due = pace.next(now);
        ASSERT_GE(due, now);
        ASSERT_LE(due, now + RefusalPace::hold_max);
        ASSERT_GE(due, last);
        last = due;
    }
    EXPECT_EQ(last, first_moment + 9'999 * 10us + RefusalPace::hold_max);
}

/// An API whose line is full, with somebody who has been told so often that he is held back now.
class HeldBack {
public:
    HeldBack() : coupon_(api.offer(a_coupon().with_stock(9))) {
        api.faults().hold(StoreStep::commit);
        ask_aside("ann");  // Is in the commit.
        api.faults().wait_until_held(StoreStep::commit);
        ask_aside("bob");
        while (api.line().length() < 1) std::this_thread::yield();
        // Each HTTP thread has a pace of its own, and which one is met is chance.
        for (int i = 0; i < 3 * RefusalPace::burst; ++i) {
            last =
                std::async(std::launch::async, [this] { return told(api.issue(coupon_, "dan")); });
            if (last.wait_for(200ms) == std::future_status::timeout) return;
            EXPECT_EQ(last.get(), "503 overloaded");
        }
    }
    ~HeldBack() { api.faults().let_go(StoreStep::commit); }

    RunningApi api{{.queue_max = 1}};
    std::future<std::string> last;  ///< What the last one is told, in the end.

private:
    void ask_aside(std::string user) {
        asking_.push_back(std::async(std::launch::async, [this, user = std::move(user)] {
            return told(api.issue(coupon_, user));
        }));
    }

    std::int64_t coupon_;
    std::vector<std::future<std::string>> asking_;
};

TEST(PacedRefusals, WhoIsHeldBackIsToldWhenItIsTime) {
    HeldBack held;
    ASSERT_TRUE(held.last.valid());
    held.api.clock().advance(1ms);
    EXPECT_EQ(held.last.get(), "503 overloaded");
}

TEST(PacedRefusals, WhoIsHeldBackIsToldAsSoonAsThereIsRoom) {
    HeldBack held;
    ASSERT_TRUE(held.last.valid());
    held.api.faults().let_go(StoreStep::commit);
    EXPECT_EQ(held.last.get(), "503 overloaded");
}

}  // namespace
}  // namespace dibs::controller
