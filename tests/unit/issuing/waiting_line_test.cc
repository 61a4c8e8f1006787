// Goal: the line keeps the order of arrival, has an end, never lingers, and lets nobody stand in it
// for ever.
// Method: one thread at a time for the rules; for what threads do to each other, crowds that join
// and take from several threads at once, held against what the line gave out.

#include "issuing/waiting_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <thread>

#include "support/builders.h"
#include "support/manual_clock.h"

namespace dibs::issuing {
namespace {

using test::noon;
using test::one_tick;
using Admission = WaitingLine::Admission;

PendingIssue request(std::uint64_t ticket, std::int64_t coupon = 1) {
    return {.coupon_id = domain::CouponId{coupon},
            .user_id = test::user("alice"),
            .idempotency_key = std::nullopt,
            .deadline = base::SteadyInstant::max(),
            .desk = nullptr,
            .ticket = ticket};
}

std::vector<std::uint64_t> tickets_of(TakenGroup taken) {
    std::vector<std::uint64_t> tickets;
    for (const PendingIssue& one : taken.requests()) tickets.push_back(one.ticket);
    return tickets;
}

/// A clock that goes on by a tick whenever it is looked at.
class TickingClock final : public base::Clock {
public:
    [[nodiscard]] base::Instant now() const override {
        return noon + one_tick * ticks_.fetch_add(1);
    }
    [[nodiscard]] base::SteadyInstant steady_now() const override { return {}; }

private:
    mutable std::atomic<std::int64_t> ticks_ = 0;
};

TEST(WaitingLine, GivesOutInTheOrderOfJoining) {
    const test::ManualClock clock;
    WaitingLine line(10, clock);
    for (std::uint64_t ticket = 1; ticket <= 5; ++ticket) {
        EXPECT_EQ(line.join(request(ticket)), Admission::joined);
    }
    EXPECT_EQ(tickets_of(line.take(3)), (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_EQ(line.join(request(6)), Admission::joined);
    EXPECT_EQ(tickets_of(line.take(10)), (std::vector<std::uint64_t>{4, 5, 6}));
}

TEST(WaitingLine, TurnsAwayTheFirstOneTooMany) {
    const test::ManualClock clock;
    WaitingLine line(2, clock);
    EXPECT_EQ(line.join(request(1)), Admission::joined);
    EXPECT_EQ(line.join(request(2)), Admission::joined);
    EXPECT_EQ(line.join(request(3)), Admission::full);
    EXPECT_EQ(line.length(), 2U);
    EXPECT_EQ(tickets_of(line.take(1)), (std::vector<std::uint64_t>{1}));
    EXPECT_EQ(line.join(request(4)), Admission::joined);
    EXPECT_EQ(tickets_of(line.take(10)), (std::vector<std::uint64_t>{2, 4}));
    EXPECT_EQ(line.joined_count(), 3U) << "whoever was turned away has not joined";
}

TEST(WaitingLine, StampsTheArrivalWhenThePlaceIsGiven) {
    test::ManualClock clock;
    WaitingLine line(10, clock);
    PendingIssue early = request(1);
    early.arrived_at =
        noon - std::chrono::hours(1);  // What the request itself says is of no account.
    ASSERT_EQ(line.join(early), Admission::joined);
    clock.advance(one_tick);
    ASSERT_EQ(line.join(request(2)), Admission::joined);
    clock.advance(std::chrono::seconds(1));
    auto taken = line.take(10);
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken.requests()[0].arrived_at, noon);
    EXPECT_EQ(taken.requests()[1].arrived_at, noon + one_tick);
}

TEST(WaitingLine, WakesATakerThatWaits) {
    const test::ManualClock clock;
    WaitingLine line(10, clock);
    auto taken = std::async(std::launch::async, [&] { return tickets_of(line.take(10)); });
    ASSERT_EQ(line.join(request(7)), Admission::joined);
    EXPECT_EQ(taken.get(), (std::vector<std::uint64_t>{7}));
}

TEST(WaitingLine, DoesNotLingerForMore) {
    const test::ManualClock clock;
    WaitingLine line(10, clock);
    ASSERT_EQ(line.join(request(1)), Admission::joined);
    // One who comes alone is taken alone: nothing else will ever join here.
    EXPECT_EQ(tickets_of(line.take(256)), (std::vector<std::uint64_t>{1}));
}

TEST(WaitingLine, OnceClosedTakesNobodyButGivesOutWhoWaits) {
    const test::ManualClock clock;
    WaitingLine line(10, clock);
    ASSERT_EQ(line.join(request(1)), Admission::joined);
    ASSERT_EQ(line.join(request(2)), Admission::joined);
    line.close();
    EXPECT_EQ(line.join(request(3)), Admission::closed);
    EXPECT_EQ(tickets_of(line.take(1)), (std::vector<std::uint64_t>{1}));
    EXPECT_EQ(tickets_of(line.take(10)), (std::vector<std::uint64_t>{2}));
    EXPECT_TRUE(line.take(10).empty());
    EXPECT_TRUE(line.take(10).empty());
}

TEST(WaitingLine, SaysClosedRatherThanFull) {
    const test::ManualClock clock;
    WaitingLine line(1, clock);
    ASSERT_EQ(line.join(request(1)), Admission::joined);
    line.close();
    EXPECT_EQ(line.join(request(2)), Admission::closed);
}

TEST(WaitingLine, WakesEveryTakerWhenItIsClosed) {
    const test::ManualClock clock;
    WaitingLine line(10, clock);
    std::vector<std::future<bool>> takers;
    for (int i = 0; i < 3; ++i) {
        takers.push_back(std::async(std::launch::async, [&] { return line.take(10).empty(); }));
    }
    line.close();
    for (auto& taker : takers) EXPECT_TRUE(taker.get());
}

TEST(WaitingLine, KeepsOneOrderWhicheverThreadsJoin) {
    constexpr std::uint64_t threads = 8;
    constexpr std::uint64_t per_thread = 2'000;
    const TickingClock clock;
    WaitingLine line(threads * per_thread, clock);
    std::vector<PendingIssue> taken;
    std::thread taker([&] {
        while (true) {
            auto some = line.take(64);
            if (some.empty()) return;
            for (PendingIssue& one : some.requests()) taken.push_back(std::move(one));
        }
    });
    std::vector<std::thread> joiners;
    for (std::uint64_t thread = 0; thread < threads; ++thread) {
        joiners.emplace_back([&line, thread] {
            for (std::uint64_t i = 0; i < per_thread; ++i) {
                EXPECT_EQ(line.join(request(thread * per_thread + i)), Admission::joined);
            }
        });
    }
    for (std::thread& joiner : joiners) joiner.join();
    line.close();
    taker.join();

    ASSERT_EQ(taken.size(), threads * per_thread);
    std::vector<std::uint64_t> next_of_thread(threads, 0);
    for (std::size_t i = 0; i < taken.size(); ++i) {
        // Each look at the clock is later than the one before: place and stamp agree for everybody.
        EXPECT_EQ(taken[i].arrived_at, noon + one_tick * i);
        const std::uint64_t thread = taken[i].ticket / per_thread;
        EXPECT_EQ(taken[i].ticket % per_thread, next_of_thread[thread]++);
    }
}

TEST(WaitingLine, BoundsAllLanesTogether) {
    const test::ManualClock clock;
    WaitingLine line(3, clock);
    for (std::int64_t coupon = 1; coupon <= 3; ++coupon) {
        EXPECT_EQ(line.join(request(1, coupon)), Admission::joined);
    }
    EXPECT_EQ(line.join(request(1, 4)), Admission::full);
    EXPECT_EQ(line.join(request(2, 1)), Admission::full);
}

TEST(WaitingLineOfOneCoupon, HidesATakenCouponUntilTheGroupGoes) {
    const test::ManualClock clock;
    WaitingLine line(10, clock, repository::GroupScope::one_coupon);
    for (std::uint64_t ticket = 1; ticket <= 3; ++ticket) {
        ASSERT_EQ(line.join(request(ticket, 1)), Admission::joined);
    }
    ASSERT_EQ(line.join(request(4, 2)), Admission::joined);
    {
        const TakenGroup held = line.take(2);
        EXPECT_EQ(held.size(), 2U);
        EXPECT_EQ(tickets_of(line.take(10)), (std::vector<std::uint64_t>{4}));
        EXPECT_EQ(line.length(), 1U);
    }
    EXPECT_EQ(tickets_of(line.take(10)), (std::vector<std::uint64_t>{3}));
}

TEST(WaitingLineOfOneCoupon, GivingBackWakesATakerThatWaits) {
    const test::ManualClock clock;
    WaitingLine line(10, clock, repository::GroupScope::one_coupon);
    ASSERT_EQ(line.join(request(1)), Admission::joined);
    TakenGroup held = line.take(10);
    ASSERT_EQ(line.join(request(2)), Admission::joined);
    auto taken = std::async(std::launch::async, [&] { return tickets_of(line.take(10)); });
    held.give_back();
    held.give_back();  // Once more does nothing.
    EXPECT_EQ(taken.get(), (std::vector<std::uint64_t>{2}));
}

TEST(WaitingLineOfOneCoupon, OnceClosedLeavesATakenCouponToItsTaker) {
    const test::ManualClock clock;
    WaitingLine line(10, clock, repository::GroupScope::one_coupon);
    ASSERT_EQ(line.join(request(1)), Admission::joined);
    TakenGroup held = line.take(10);
    ASSERT_EQ(line.join(request(2)), Admission::joined);
    line.close();
    EXPECT_TRUE(line.take(10).empty());
    held.give_back();
    EXPECT_EQ(tickets_of(line.take(10)), (std::vector<std::uint64_t>{2}));
    EXPECT_TRUE(line.take(10).empty());
}

TEST(WaitingLineOfOneCoupon, IsReadyExactlyWhenATakeWouldNotBlock) {
    const TickingClock clock;
    WaitingLine line(10, clock, repository::GroupScope::one_coupon);
    EXPECT_FALSE(line.is_ready());
    ASSERT_EQ(line.join(request(1)), Admission::joined);
    EXPECT_TRUE(line.is_ready());
    TakenGroup held = line.take(10);
    ASSERT_EQ(line.join(request(2)), Admission::joined);
    EXPECT_FALSE(line.is_ready()) << "somebody waits, for a coupon that is taken";
    held.give_back();
    EXPECT_TRUE(line.is_ready());
    EXPECT_EQ(line.take(10).size(), 1U);
    line.close();
    EXPECT_TRUE(line.is_ready());
}

TEST(WaitingLineOfOneCoupon, NoTwoTakersEverHaveTheSameCouponAndNobodyIsForgotten) {
    constexpr std::uint64_t joiners = 3;
    constexpr std::uint64_t takers = 4;
    constexpr std::uint64_t per_joiner = 3'000;
    constexpr std::uint64_t coupons = 5;
    const TickingClock clock;
    WaitingLine line(joiners * per_joiner, clock, repository::GroupScope::one_coupon);
    std::array<std::atomic<int>, coupons> having{};
    // What was taken of each coupon; the line's promise is all that keeps two from writing at once.
    std::array<std::vector<PendingIssue>, coupons> taken;
    std::vector<std::thread> threads;
    for (std::uint64_t taker = 0; taker < takers; ++taker) {
        threads.emplace_back([&] {
            while (true) {
                TakenGroup group = line.take(7);
                if (group.empty()) return;
                const auto coupon =
                    static_cast<std::size_t>(group.requests().front().coupon_id.value);
                EXPECT_EQ(having[coupon].fetch_add(1), 0);
                for (PendingIssue& one : group.requests()) {
                    EXPECT_EQ(static_cast<std::size_t>(one.coupon_id.value), coupon);
                    taken[coupon].push_back(std::move(one));
                }
                having[coupon].fetch_sub(1);
            }
        });
    }
    for (std::uint64_t joiner = 0; joiner < joiners; ++joiner) {
        threads.emplace_back([&, joiner] {
            for (std::uint64_t i = 0; i < per_joiner; ++i) {
                const auto coupon = static_cast<std::int64_t>((i * i + joiner) % coupons);
                EXPECT_EQ(line.join(request(joiner * per_joiner + i, coupon)), Admission::joined);
            }
        });
    }
    for (std::size_t i = takers; i < threads.size(); ++i) threads[i].join();
    line.close();
    for (std::size_t i = 0; i < takers; ++i) threads[i].join();

    std::size_t count = 0;
    for (const std::vector<PendingIssue>& of_coupon : taken) {
        EXPECT_TRUE(std::ranges::is_sorted(of_coupon, {}, &PendingIssue::arrived_at));
        count += of_coupon.size();
    }
    EXPECT_EQ(count, joiners * per_joiner);
}

}  // namespace
}  // namespace dibs::issuing
