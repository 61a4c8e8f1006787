// Goal: those who ask what they hold while a reading is under way are served by the next one, all
// together, and everybody is told of their own.
// Method: the one reader is held inside the store with the first who asks; the others gather.

#include "controller/listing_desk.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>
#include <vector>

#include "unit/controller/running_api.h"

namespace dibs::controller {
namespace {

using base::FailureKind;
using test::a_coupon;
using test::StoreStep;

/// An API in which somebody's listing is being read, and takes its time.
class HeldReading {
public:
    HeldReading() {
        api.faults().hold(StoreStep::list_registered);
        first_ = ask_aside("first");
        api.faults().wait_until_held(StoreStep::list_registered);
    }
    ~HeldReading() { api.faults().let_go(StoreStep::list_registered); }

    /// So many ask besides, and wait.
    std::vector<std::future<http::ClientResponse>> gather(std::size_t count) {
        std::vector<std::future<http::ClientResponse>> answers;
        for (std::size_t i = 0; i < count; ++i) answers.push_back(ask_aside(name_of(i)));
        while (api.readers().waiting() < count) std::this_thread::yield();
        return answers;
    }
    void let_go() {
        api.faults().let_go(StoreStep::list_registered);
        EXPECT_EQ(told(first_.get()), "200");
    }
    static std::string name_of(std::size_t place) { return fmt::format("user-{}", place); }

    RunningApi api;

private:
    std::future<http::ClientResponse> ask_aside(std::string user) {
        return std::async(std::launch::async, [this, user = std::move(user)] {
            return api.ask("GET", "/api/v1/coupons/me", user);
        });
    }

    std::future<http::ClientResponse> first_;
};

TEST(ListingDesk, ThoseWhoWaitAreReadTogetherAndToldOfTheirOwn) {
    HeldReading held;
    constexpr std::size_t count = 5;
    for (std::size_t i = 0; i < count; ++i) {
        const auto coupon = held.api.offer(a_coupon().named(fmt::format("{}", i)).with_stock(1));
        ASSERT_EQ(told(held.api.issue(coupon, HeldReading::name_of(i))), "201");
    }
    auto answers = held.gather(count);
    held.let_go();
    for (std::size_t i = 0; i < count; ++i) {
        const auto body = body_of(answers[i].get());
        const auto& items = body.at("items").as_array();
        ASSERT_EQ(items.size(), 1U) << i;
        EXPECT_EQ(items[0].at("coupon").at("name").as_string(), fmt::format("{}", i));
    }
    EXPECT_EQ(held.api.faults().calls(StoreStep::list_registered), 2);
}

TEST(ListingDesk, OneReadingIsOfSoManyAtMost) {
    HeldReading held;
    auto answers = held.gather(ListingDesk::read_together_max + 1);
    held.let_go();
    for (auto& answer : answers) EXPECT_EQ(told(answer.get()), "200");
    EXPECT_EQ(held.api.faults().calls(StoreStep::list_registered), 3);
}

TEST(ListingDesk, AReadingThatFailsIsToldToAllWhoWereInItAndToNobodyElse) {
    HeldReading held;
    held.api.faults().let_next_pass(StoreStep::list_registered);  // Of the first.
    held.api.faults().fail_next(StoreStep::list_registered, FailureKind::unavailable);
    auto answers = held.gather(3);
    held.let_go();
    for (auto& answer : answers) EXPECT_EQ(told(answer.get()), "503 store-unavailable");
    EXPECT_EQ(told(held.api.ask("GET", "/api/v1/coupons/me", "later")), "200");
}

TEST(ListingDesk, WhereTheReadersLineIsFullThatIsToldAtOnce) {
    RunningApi api({.reads_waiting_max = 0});
    const auto refused = api.ask("GET", "/api/v1/coupons/me", "ann");
    EXPECT_EQ(told(refused), "503 overloaded");
    EXPECT_EQ(refused.field("retry-after"), "1");
}

}  // namespace
}  // namespace dibs::controller
