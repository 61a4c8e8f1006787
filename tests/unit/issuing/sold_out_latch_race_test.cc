// Goal: a restock that races a closing never leaves the coupon closed: nobody is told "sold out" by
// a latch while there is something on the shelf and the operator was told so. Method: the closing
// has four steps (read the generation, see a stock of zero, ask for the closing, read the holders)
// and the restock two (write, open). Every order of them in which the committer does see zero is
// played out, with the store's steps held where it takes two threads. A random crowd of committers
// and operators says the same of whatever orders threads come up with.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "issuing/sold_out_latch.h"
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

/// When a step of the restock comes about, as seen from the closing.
enum class Moment : std::uint8_t {
    before_generation,
    before_asking,   // The stock was seen to be zero.
    before_reading,  // The closing was asked for; the worker has not got to it.
    while_reading,   // The worker is in the store.
    after_closing,
    count_of_them,
};

class RestockRace : public testing::TestWithParam<std::tuple<Moment, Moment>> {
protected:
    [[nodiscard]] Moment writes_at() const { return std::get<0>(GetParam()); }
    [[nodiscard]] Moment opens_at() const { return std::get<1>(GetParam()); }

    /// Does what the operator does at that moment.
    void reach(Moment moment) {
        if (writes_at() == moment) {
            must(store_->behind().coupons().change_stock(coupon_, domain::InventoryKind::stocked, 1,
                                                         "restock", noon));
        }
        if (opens_at() == moment) latch_.open(coupon_);
    }

    [[nodiscard]] std::int64_t stock() {
        return must(store_->behind().coupons().find(coupon_)).value().balance().stock;
    }

    test::TemporaryDirectory directory_;
    std::unique_ptr<test::FaultyStore> store_ = test::open_faulty_store(directory_.file("dibs.db"));
    test::RepositoryShop shop_{store_->behind().coupons()};
    base::Workers workers_{"office", 1, 10};
    SoldOutLatch latch_{store_->coupons(), workers_};
    CouponId coupon_ = shop_.offer(a_coupon().with_stock(0));
};

TEST_P(RestockRace, LeavesTheCouponOpen) {
    std::promise<void> worker_is_busy;
    std::promise<void> worker_may_go_on;
    ASSERT_TRUE(workers_.submit([&] {
        worker_is_busy.set_value();
        worker_may_go_on.get_future().wait();
    }));
    worker_is_busy.get_future().wait();

    reach(Moment::before_generation);
    const std::uint64_t generation = latch_.generation();
    // What the committer finds when it opens the books.
    const bool is_sold_out = stock() == 0;
    reach(Moment::before_asking);
    if (is_sold_out) latch_.close_soon(coupon_, generation);
    reach(Moment::before_reading);
    store_->faults().hold(StoreStep::history);
    worker_may_go_on.set_value();
    // What was opened before is not read at all.
    const bool is_read = is_sold_out && opens_at() >= Moment::while_reading;
    if (is_read) store_->faults().wait_until_held(StoreStep::history);
    reach(Moment::while_reading);
    store_->faults().let_go(StoreStep::history);
    workers_.stop();
    reach(Moment::after_closing);

    ASSERT_EQ(stock(), 1);
    EXPECT_FALSE(latch_.turns_away(coupon_, user("ann")));
    EXPECT_EQ(latch_.closed_count(), 0U);
}

std::vector<std::tuple<Moment, Moment>> orders_of_writing_and_opening() {
    std::vector<std::tuple<Moment, Moment>> orders;
    constexpr auto count = static_cast<int>(Moment::count_of_them);
    for (int write = 0; write < count; ++write) {
        for (int open = write; open < count; ++open) {
            orders.emplace_back(static_cast<Moment>(write), static_cast<Moment>(open));
        }
    }
    return orders;
}

INSTANTIATE_TEST_SUITE_P(EveryOrder, RestockRace,
                         testing::ValuesIn(orders_of_writing_and_opening()));

TEST_F(RestockRace, AnotherCouponsRestockHindersNoClosing) {
    const CouponId other = shop_.offer(a_coupon().with_stock(0));
    const std::uint64_t generation = latch_.generation();
    latch_.open(other);
    latch_.close_soon(coupon_, generation);
    workers_.stop();
    EXPECT_TRUE(latch_.turns_away(coupon_, user("ann")));
}

TEST_F(RestockRace, ACrowdOfThreadsNeverLeavesItClosedOverAStock) {
    constexpr int rounds = 40;
    constexpr int customers = 3;
    for (int round = 0; round < rounds; ++round) {
        std::vector<std::thread> threads;
        // Committers: each sees what is there, and wants it closed if that is nothing.
        for (int customer = 0; customer < customers; ++customer) {
            threads.emplace_back([&, customer] {
                const std::uint64_t generation = latch_.generation();
                const Asking asking(fmt::format("user-{}-{}", round, customer));
                if (latch_.turns_away(coupon_, asking.user_id)) return;
                const auto decision = shop_.ask(coupon_, asking);
                if (decision.outcome == domain::IssueOutcome::sold_out) {
                    latch_.close_soon(coupon_, generation);
                }
            });
        }
        // An operator: what is on the shelf once they have been told is there for somebody.
        threads.emplace_back([&] {
            must(store_->coupons().change_stock(coupon_, domain::InventoryKind::stocked, 2, "",
                                                noon));
            latch_.open(coupon_);
        });
        for (std::thread& thread : threads) thread.join();
        std::promise<void> closed;
        ASSERT_TRUE(workers_.submit([&closed] { closed.set_value(); }));
        closed.get_future().wait();

        if (stock() > 0) {
            ASSERT_FALSE(latch_.turns_away(coupon_, user("somebody-new"))) << "round " << round;
        }
        // The next round begins with an empty shelf and the latch as it is.
        while (stock() > 0) {
            shop_.ask(coupon_, Asking(fmt::format("sweeper-{}-{}", round, stock())));
        }
    }
}

}  // namespace
}  // namespace dibs::issuing
