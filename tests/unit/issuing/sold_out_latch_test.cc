// Goal: a closed coupon turns away exactly those who were never issued it, and a closing that can't
// be finished leaves the coupon open.
// Method: a latch over a real store; the workers are stopped before looking, so that what they were
// given is done.

#include "issuing/sold_out_latch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "support/faulty_store.h"
#include "support/shop.h"
#include "support/temporary_directory.h"

namespace dibs::issuing {
namespace {

using domain::CouponId;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using test::StoreStep;
using test::user;

class SoldOutLatchTest : public testing::Test {
protected:
    /// A coupon that these were issued and nobody else can be.
    CouponId sold_out_coupon(const std::vector<std::string>& holders) {
        const CouponId coupon =
            shop_.offer(a_coupon().with_stock(static_cast<std::int64_t>(holders.size())));
        std::vector<Asking> askings;
        for (const std::string& name : holders) askings.emplace_back(name);
        shop_.ask_together(coupon, askings);
        return coupon;
    }

    /// Waits until the workers have done all that they were given.
    void finish_closing() {
        std::promise<void> done;
        ASSERT_TRUE(workers_.submit([&done] { done.set_value(); }));
        done.get_future().wait();
    }

    [[nodiscard]] test::StoreFaults& faults() { return store_->faults(); }

    test::TemporaryDirectory directory_;
    std::unique_ptr<test::FaultyStore> store_ = test::open_faulty_store(directory_.file("dibs.db"));
    test::RepositoryShop shop_{store_->behind().coupons()};
    base::Workers workers_{"office", 1, 2};
    SoldOutLatch latch_{store_->coupons(), workers_};
};

TEST_F(SoldOutLatchTest, TurnsAwayNobodyUntilItIsClosed) {
    const CouponId coupon = sold_out_coupon({"ann"});
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    EXPECT_EQ(latch_.closed_count(), 0U);
}

TEST_F(SoldOutLatchTest, OnceClosedLetsOnlyHoldersThrough) {
    const CouponId coupon = sold_out_coupon({"ann", "bob", "cid"});
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_EQ(latch_.closed_count(), 1U);
    for (const char* name : {"ann", "bob", "cid"}) {
        EXPECT_FALSE(latch_.turns_away(coupon, user(name))) << name;
    }
    EXPECT_TRUE(latch_.turns_away(coupon, user("dan")));
    EXPECT_FALSE(latch_.turns_away(CouponId{coupon.value + 1}, user("dan")));
}

TEST_F(SoldOutLatchTest, LetsThroughWhoseCouponWasTakenBackForTheirsIsAnotherAnswer) {
    const CouponId coupon = sold_out_coupon({"ann", "bob"});
    must(store_->behind().coupons().take_back({coupon, domain::Sequence{2}}, "", noon));
    shop_.ask(coupon, Asking("cid"));
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_FALSE(latch_.turns_away(coupon, user("ann")));
    EXPECT_FALSE(latch_.turns_away(coupon, user("cid")));
    EXPECT_TRUE(latch_.turns_away(coupon, user("dan")));
}

TEST_F(SoldOutLatchTest, StaysOpenWhileTheHoldersAreRead) {
    const CouponId coupon = sold_out_coupon({"ann"});
    faults().hold(StoreStep::history);
    latch_.close_soon(coupon, latch_.generation());
    faults().wait_until_held(StoreStep::history);
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    faults().let_go(StoreStep::history);
    finish_closing();
    EXPECT_TRUE(latch_.turns_away(coupon, user("bob")));
}

TEST_F(SoldOutLatchTest, StaysOpenIfItWasOpenedWhileTheHoldersWereRead) {
    const CouponId coupon = sold_out_coupon({"ann"});
    faults().hold(StoreStep::history);
    latch_.close_soon(coupon, latch_.generation());
    faults().wait_until_held(StoreStep::history);
    latch_.open(coupon);
    faults().let_go(StoreStep::history);
    finish_closing();
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob"))) << "what was read may be of before";
}

TEST_F(SoldOutLatchTest, ReadsTheHoldersOnceHoweverManyAreRefusedMeanwhile) {
    const CouponId coupon = sold_out_coupon({"ann"});
    faults().hold(StoreStep::history);
    for (int refusal = 0; refusal < 5; ++refusal) {
        latch_.close_soon(coupon, latch_.generation());
    }
    faults().let_go(StoreStep::history);
    finish_closing();
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_EQ(faults().calls(StoreStep::history), 1);
}

TEST_F(SoldOutLatchTest, OpensForEverybody) {
    const CouponId coupon = sold_out_coupon({"ann"});
    const CouponId other = sold_out_coupon({"ann"});
    for (const CouponId one : {coupon, other}) {
        latch_.close_soon(one, latch_.generation());
        finish_closing();
    }
    latch_.open(coupon);
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    EXPECT_TRUE(latch_.turns_away(other, user("bob"))) << "another coupon's latch stays closed";
    EXPECT_EQ(latch_.closed_count(), 1U);
}

TEST_F(SoldOutLatchTest, OpeningWhatIsOpenDoesNothing) {
    latch_.open(CouponId{1});
    EXPECT_EQ(latch_.closed_count(), 0U);
}

TEST_F(SoldOutLatchTest, IsKeptOpenByEachUntilTheLastIsGone) {
    const CouponId coupon = sold_out_coupon({"ann"});
    const auto try_to_close = [&] {
        latch_.close_soon(coupon, latch_.generation());
        finish_closing();
    };
    try_to_close();
    {
        const SoldOutLatch::KeptOpen one(latch_, coupon);
        EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
        {
            const SoldOutLatch::KeptOpen other(latch_, coupon);
            try_to_close();
        }
        try_to_close();
        EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    }
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob"))) << "nobody has looked since";
    try_to_close();
    EXPECT_TRUE(latch_.turns_away(coupon, user("bob")));
}

TEST_F(SoldOutLatchTest, WhatWasSeenWhileItWasKeptOpenClosesNothing) {
    const CouponId coupon = sold_out_coupon({"ann"});
    std::optional<SoldOutLatch::KeptOpen> kept_open(std::in_place, latch_, coupon);
    const std::uint64_t generation = latch_.generation();
    kept_open.reset();
    latch_.close_soon(coupon, generation);
    finish_closing();
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
}

TEST_F(SoldOutLatchTest, ClosesAgainAfterItWasOpened) {
    const CouponId coupon = sold_out_coupon({"ann"});
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    latch_.open(coupon);
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_TRUE(latch_.turns_away(coupon, user("bob")));
}

TEST_F(SoldOutLatchTest, StaysOpenIfTheHoldersCannotBeReadAndTriesAgain) {
    const CouponId coupon = sold_out_coupon({"ann"});
    faults().fail_next(StoreStep::history, base::FailureKind::unavailable);
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_TRUE(latch_.turns_away(coupon, user("bob")));
}

TEST_F(SoldOutLatchTest, StaysOpenIfTheWorkersHaveNoRoomAndTriesAgain) {
    std::vector<CouponId> coupons;
    for (int i = 0; i < 4; ++i) coupons.push_back(sold_out_coupon({"ann"}));
    faults().hold(StoreStep::history);
    latch_.close_soon(coupons[0], latch_.generation());
    faults().wait_until_held(StoreStep::history);
    // One is being read, two may wait: the fourth finds no room.
    for (std::size_t i = 1; i < 4; ++i) latch_.close_soon(coupons[i], latch_.generation());
    faults().let_go(StoreStep::history);
    workers_.stop();
    EXPECT_EQ(latch_.closed_count(), 3U);
    EXPECT_FALSE(latch_.turns_away(coupons[3], user("bob")));

    base::Workers others("office", 1, 2);
    SoldOutLatch later(store_->coupons(), others);
    later.close_soon(coupons[3], later.generation());
    others.stop();
    EXPECT_TRUE(later.turns_away(coupons[3], user("bob")));
}

TEST_F(SoldOutLatchTest, StaysOpenIfSomebodyElseRestockedMeanwhile) {
    const CouponId coupon = sold_out_coupon({"ann"});
    faults().hold(StoreStep::history);
    latch_.close_soon(coupon, latch_.generation());
    faults().wait_until_held(StoreStep::history);
    // Another process, which opens its own latch and not this one.
    must(store_->behind().coupons().change_stock(coupon, domain::InventoryKind::stocked, 1, "",
                                                 noon));
    faults().let_go(StoreStep::history);
    finish_closing();
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
}

TEST_F(SoldOutLatchTest, TellsWhereEachStreamStoodWhenItWasClosed) {
    const CouponId coupon = sold_out_coupon({"ann", "bob"});
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_EQ(latch_.closed(),
              (std::vector<std::pair<CouponId, domain::Sequence>>{{coupon, domain::Sequence{3}}}));
}

TEST_F(SoldOutLatchTest, ClosesNothingWhileItMustNot) {
    const CouponId coupon = sold_out_coupon({"ann"});
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    latch_.forbid_closing();
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_FALSE(latch_.turns_away(coupon, user("bob")));
    latch_.allow_closing();
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_TRUE(latch_.turns_away(coupon, user("bob")));
}

TEST_F(SoldOutLatchTest, KnowsHoldersBeyondTheFirstPageOfHistory) {
    // The history is read in pages of 10,000 events.
    constexpr int holders = 10'050;
    std::vector<std::string> names;
    for (int i = 0; i < holders; ++i) names.push_back(fmt::format("user-{}", i));
    const CouponId coupon = sold_out_coupon(names);
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    ASSERT_GE(faults().calls(StoreStep::history), 2);
    for (const std::string& name : names) {
        ASSERT_FALSE(latch_.turns_away(coupon, user(name))) << name;
    }
    EXPECT_TRUE(latch_.turns_away(coupon, user("somebody-else")));
}

TEST_F(SoldOutLatchTest, AHistoryThatBreaksOffInTheMiddleClosesNothing) {
    std::vector<std::string> names;
    for (int i = 0; i < 10'050; ++i) names.push_back(fmt::format("user-{}", i));
    const CouponId coupon = sold_out_coupon(names);
    faults().let_next_pass(StoreStep::history);
    faults().fail_next(StoreStep::history, base::FailureKind::unavailable);
    latch_.close_soon(coupon, latch_.generation());
    finish_closing();
    EXPECT_FALSE(latch_.turns_away(coupon, user("somebody-else")));
}

TEST_F(SoldOutLatchTest, DoesNotReadAgainWhatThereIsNoRoomForUntilThereIs) {
    SoldOutLatch narrow(store_->coupons(), workers_, 2);
    const CouponId small = sold_out_coupon({"ann"});
    const CouponId large = sold_out_coupon({"bob", "cid"});
    for (const CouponId coupon : {small, large}) {
        narrow.close_soon(coupon, narrow.generation());
        finish_closing();
    }
    ASSERT_TRUE(narrow.turns_away(small, user("dan")));
    ASSERT_FALSE(narrow.turns_away(large, user("dan")));

    const int read_before = faults().calls(StoreStep::history);
    narrow.close_soon(large, narrow.generation());
    finish_closing();
    EXPECT_EQ(faults().calls(StoreStep::history), read_before);

    narrow.open(small);
    narrow.close_soon(large, narrow.generation());
    finish_closing();
    EXPECT_TRUE(narrow.turns_away(large, user("dan")));
}

TEST_F(SoldOutLatchTest, GivesUpWhatItReadsOnceItMustNotClose) {
    std::vector<std::string> names;
    for (int i = 0; i < 10'050; ++i) names.push_back(fmt::format("user-{}", i));
    const CouponId coupon = sold_out_coupon(names);
    faults().hold(StoreStep::history);
    latch_.close_soon(coupon, latch_.generation());
    faults().wait_until_held(StoreStep::history);
    latch_.forbid_closing();
    faults().let_go(StoreStep::history);
    finish_closing();
    EXPECT_EQ(faults().calls(StoreStep::history), 1);
    EXPECT_FALSE(latch_.turns_away(coupon, user("somebody-else")));
}

}  // namespace
}  // namespace dibs::issuing
