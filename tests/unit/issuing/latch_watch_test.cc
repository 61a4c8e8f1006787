// Goal: where others write the same streams, a closed coupon is opened when one of them adds to its
// stock, and as long as nobody can look, nothing is closed. Method: a latch over a real store, and
// a watch whose every look is answered by the test, which also sees what was asked.

#include "issuing/latch_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <future>

#include "support/faulty_store.h"
#include "support/printing.h"
#include "support/shop.h"
#include "support/temporary_directory.h"

namespace dibs::issuing {
namespace {

using base::Failure;
using base::FailureKind;
using base::Result;
using domain::CouponId;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using test::user;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using testing::Pair;

using namespace std::chrono_literals;

using Known = std::vector<std::pair<CouponId, Sequence>>;

/// What passes between a watch and its test: the looks that are asked for, and their answers.
class Looks {
public:
    /// Blocks until the next look is asked for, and gives what it asks.
    [[nodiscard]] Known wait_for_question() {
        const auto deadline = std::chrono::steady_clock::now() + 60s;  // choice: never, unbroken.
        return state_.wait_until(
            deadline, [](const State& state) { return state.question.has_value(); },
            [](State& state) {
                base::ensure(state.question.has_value(), "a watch goes on looking");
                return *std::exchange(state.question, std::nullopt);
            });
    }
    void answer(Result<std::vector<CouponId>> news) {
        state_.with([&](State& state) { state.answers.push_back(std::move(news)); });
        state_.notify_all();
    }

    /// From now on no look has any news.
    void end() {
        state_.with([](State& state) { state.is_ended = true; });
        state_.notify_all();
    }

    // For the watch itself.
    Result<std::vector<CouponId>> ask(const Known& known) {
        state_.with([&](State& state) { state.question = known; });
        state_.notify_all();
        return state_.wait(
            [](const State& state) { return !state.answers.empty() || state.is_ended; },
            [](State& state) -> Result<std::vector<CouponId>> {
                if (state.answers.empty()) return std::vector<CouponId>{};
                auto news = std::move(state.answers.front());
                state.answers.pop_front();
                return news;
            });
    }

private:
    struct State {
        std::optional<Known> question;
        std::deque<Result<std::vector<CouponId>>> answers;
        bool is_ended = false;
    };
    base::Guarded<State> state_;
};

class AnsweredWatch final : public repository::StreamWatch {
public:
    explicit AnsweredWatch(Looks& looks) : looks_(looks) {}

    Result<std::vector<CouponId>> wait_for_news(const Known& known,
                                                std::chrono::milliseconds patience) override {
        EXPECT_THAT(patience, Le(500ms)) << "or a restock elsewhere is noticed too late";
        return looks_.ask(known);
    }

private:
    Looks& looks_;
};

/// A pause that takes no time.
class NoPause final : public Pause {
public:
    bool wait(std::chrono::nanoseconds) override { return true; }
    void end() override {}
};

class LatchWatchTest : public testing::Test {
protected:
    ~LatchWatchTest() override { stop(); }

    /// A coupon with nothing left; ann has the last one. Its head is 2.
    CouponId sold_out_coupon() {
        const CouponId coupon = shop_.offer(a_coupon().with_stock(1));
        shop_.ask(coupon, Asking("ann"));
        return coupon;
    }
    void close(CouponId coupon) {
        latch_.close_soon(coupon, latch_.generation());
        std::promise<void> done;
        ASSERT_TRUE(workers_.submit([&done] { done.set_value(); }));
        done.get_future().wait();
    }
    /// What was closed before has turned nobody away yet, and does once the next one is asked for.
    void let_a_look_find_nothing() {
        static_cast<void>(looks_.wait_for_question());
        looks_.answer(std::vector<CouponId>{});
    }
    static std::vector<std::unique_ptr<repository::StreamWatch>> watched_by(
        std::initializer_list<Looks*> servers) {
        std::vector<std::unique_ptr<repository::StreamWatch>> watches;
        for (Looks* looks : servers) watches.push_back(std::make_unique<AnsweredWatch>(*looks));
        return watches;
    }
    void stop() {
        looks_.end();
        watch_.stop();
    }

    test::TemporaryDirectory directory_;
    std::unique_ptr<test::FaultyStore> store_ = test::open_faulty_store(directory_.file("dibs.db"));
    test::RepositoryShop shop_{store_->behind().coupons()};
    base::Workers workers_{"office", 1, 10};
    SoldOutLatch latch_{store_->coupons(), workers_};
    Looks looks_;
    NoPause pause_;
    LatchWatch watch_{latch_, watched_by({&looks_}), pause_};
};

TEST_F(LatchWatchTest, AsksForEveryClosedCouponFromWhereItWasClosed) {
    const CouponId one = sold_out_coupon();
    const CouponId never_stocked = shop_.offer(a_coupon().with_stock(0));
    close(one);
    close(never_stocked);
    watch_.start();
    EXPECT_THAT(
        looks_.wait_for_question(),
        testing::UnorderedElementsAre(Pair(one, Sequence{2}), Pair(never_stocked, Sequence{0})));
}

TEST_F(LatchWatchTest, OpensWhatHasNewsAndNothingElse) {
    const CouponId one = sold_out_coupon();
    const CouponId other = sold_out_coupon();
    close(one);
    close(other);
    watch_.start();
    let_a_look_find_nothing();
    static_cast<void>(looks_.wait_for_question());
    EXPECT_TRUE(latch_.turns_away(one, user("bob")));
    looks_.answer(std::vector<CouponId>{one});
    EXPECT_THAT(looks_.wait_for_question(), ElementsAre(Pair(other, Sequence{2})));
    EXPECT_FALSE(latch_.turns_away(one, user("bob")));
    EXPECT_TRUE(latch_.turns_away(other, user("bob")));
}

TEST_F(LatchWatchTest, AsksForWhatWasClosedDuringTheLookInTheNextOne) {
    const CouponId coupon = sold_out_coupon();
    watch_.start();
    EXPECT_THAT(looks_.wait_for_question(), IsEmpty());
    close(coupon);
    looks_.answer(std::vector<CouponId>{});
    EXPECT_THAT(looks_.wait_for_question(), ElementsAre(Pair(coupon, Sequence{2})));
}

// What was read to close it may have been on its way for as long as a request may wait.
TEST_F(LatchWatchTest, TurnsNobodyAwayBeforeALookHasSeenTheStreamStandStill) {
    const CouponId coupon = sold_out_coupon();
    close(coupon);
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    EXPECT_EQ(latch_.closed_count(), 0U);
    watch_.start();
    static_cast<void>(looks_.wait_for_question());
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    looks_.answer(std::vector<CouponId>{});
    static_cast<void>(looks_.wait_for_question());
    EXPECT_TRUE(latch_.turns_away(coupon, user("bob")));
    EXPECT_EQ(latch_.closed_count(), 1U);
}

TEST_F(LatchWatchTest, AServerThatCannotBeAskedOpensItsOwnCouponsAlone) {
    stop();
    Looks silent;
    Looks other;
    LatchWatch watch(latch_, watched_by({&other, &silent}), pause_);
    const CouponId hidden = sold_out_coupon();  // 1
    const CouponId seen = sold_out_coupon();    // 2
    close(hidden);
    close(seen);
    watch.start();
    EXPECT_THAT(silent.wait_for_question(), ElementsAre(Pair(hidden, Sequence{2})));
    silent.answer(std::vector<CouponId>{});
    EXPECT_THAT(other.wait_for_question(), ElementsAre(Pair(seen, Sequence{2})));
    other.answer(std::vector<CouponId>{});
    static_cast<void>(silent.wait_for_question());
    static_cast<void>(other.wait_for_question());
    EXPECT_TRUE(latch_.turns_away(hidden, user("bob")));
    EXPECT_TRUE(latch_.turns_away(seen, user("bob")));

    silent.answer(Failure{FailureKind::unavailable, "ordered by the test"});
    EXPECT_THAT(silent.wait_for_question(), IsEmpty());
    EXPECT_FALSE(latch_.turns_away(hidden, user("bob")));
    EXPECT_TRUE(latch_.turns_away(seen, user("bob")));
    close(hidden);
    EXPECT_THAT(latch_.closed(), ElementsAre(Pair(seen, Sequence{2})));
    // And what is added elsewhere to the other one's is still noticed.
    other.answer(std::vector<CouponId>{seen});
    EXPECT_THAT(other.wait_for_question(), IsEmpty());
    EXPECT_FALSE(latch_.turns_away(seen, user("bob")));
    silent.end();
    other.end();
}

TEST_F(LatchWatchTest, WhatWasOpenedMayCloseAgainAtItsNewPlace) {
    const CouponId coupon = sold_out_coupon();
    close(coupon);
    watch_.start();
    static_cast<void>(looks_.wait_for_question());
    must(store_->behind().coupons().change_stock(coupon, domain::InventoryKind::stocked, 1, "",
                                                 noon));
    looks_.answer(std::vector<CouponId>{coupon});
    EXPECT_THAT(looks_.wait_for_question(), IsEmpty());
    shop_.ask(coupon, Asking("bob"));
    close(coupon);
    looks_.answer(std::vector<CouponId>{});
    EXPECT_THAT(looks_.wait_for_question(), ElementsAre(Pair(coupon, Sequence{4})));
    looks_.answer(std::vector<CouponId>{});
    static_cast<void>(looks_.wait_for_question());
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob"))) << "bob holds one now";
    EXPECT_TRUE(latch_.turns_away(coupon, user("cid")));
}

TEST_F(LatchWatchTest, NothingIsClosedWhileNobodyCanLook) {
    const CouponId one = sold_out_coupon();
    const CouponId other = sold_out_coupon();
    close(one);
    watch_.start();
    static_cast<void>(looks_.wait_for_question());
    looks_.answer(Failure{FailureKind::unavailable, "ordered by the test"});
    EXPECT_THAT(looks_.wait_for_question(), IsEmpty());
    EXPECT_FALSE(latch_.turns_away(one, user("bob")));
    close(other);
    EXPECT_THAT(latch_.closed(), IsEmpty());

    // As soon as a look works again, closing does.
    looks_.answer(std::vector<CouponId>{});
    static_cast<void>(looks_.wait_for_question());
    close(other);
    looks_.answer(std::vector<CouponId>{});
    let_a_look_find_nothing();
    static_cast<void>(looks_.wait_for_question());
    EXPECT_TRUE(latch_.turns_away(other, user("bob")));
}

TEST_F(LatchWatchTest, AClosingThatWasUnderWayWhenLooksFailedClosesNothing) {
    const CouponId coupon = sold_out_coupon();
    watch_.start();
    static_cast<void>(looks_.wait_for_question());
    store_->faults().hold(test::StoreStep::history);
    latch_.close_soon(coupon, latch_.generation());
    store_->faults().wait_until_held(test::StoreStep::history);
    looks_.answer(Failure{FailureKind::unavailable, "ordered by the test"});
    static_cast<void>(looks_.wait_for_question());
    looks_.answer(std::vector<CouponId>{});  // Looks work again, but there was a gap.
    static_cast<void>(looks_.wait_for_question());
    store_->faults().let_go(test::StoreStep::history);
    workers_.stop();
    EXPECT_THAT(latch_.closed(), IsEmpty());
}

TEST_F(LatchWatchTest, StopWaitsForTheLookThatIsUnderWay) {
    watch_.start();
    static_cast<void>(looks_.wait_for_question());
    auto stopped = std::async(std::launch::async, [this] { watch_.stop(); });
    EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
    looks_.end();
    stopped.get();
}

TEST(LatchWatchAlone, HasNoThreadWhereNobodyElseWrites) {
    test::TemporaryDirectory directory;
    const auto store = test::open_faulty_store(directory.file("dibs.db"));
    base::Workers workers("office", 1, 10);
    SoldOutLatch latch(store->coupons(), workers);
    NoPause pause;
    LatchWatch watch(latch, store->watch_streams(), pause);
    watch.start();
    watch.stop();
}

}  // namespace
}  // namespace dibs::issuing
