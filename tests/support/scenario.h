#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "support/shop.h"

// Sales that read aloud:
//
//     given(shop, a_coupon().with_stock(100))
//         .when(users(250).ask_at_once())
//         .then(issued(100), sold_out(150));

namespace dibs::test {

/// So many people, each with a name of their own, and how they come.
class Crowd {
public:
    explicit Crowd(std::size_t count) : count_(count) {}

    /// From several threads, in whatever order comes about.
    Crowd& ask_at_once();
    /// One after another.
    Crowd& ask_in_turn();
    /// Everybody comes so many times.
    Crowd& times(std::size_t count);
    /// All of them at that moment, instead of at noon.
    Crowd& at(base::Instant arrived_at);
    /// With names that no other crowd has: "evening-1" instead of "user-1".
    Crowd& called(std::string name);

    [[nodiscard]] bool comes_at_once() const { return comes_at_once_; }
    /// In the order in which they come, if in turn: everybody once, then everybody once more.
    [[nodiscard]] std::vector<Asking> askings() const;

private:
    std::size_t count_;
    std::size_t times_ = 1;
    bool comes_at_once_ = false;
    base::Instant arrived_at_ = noon;
    std::string name_ = "user";
};
[[nodiscard]] Crowd users(std::size_t count);

/// How many were told what.
struct Told {
    domain::IssueOutcome outcome;
    std::int64_t count;
};
[[nodiscard]] Told issued(std::int64_t count);
[[nodiscard]] Told sold_out(std::int64_t count);
[[nodiscard]] Told already_registered(std::int64_t count);
[[nodiscard]] Told not_started(std::int64_t count);
[[nodiscard]] Told ended(std::int64_t count);

/// A coupon on offer, and those who come for it.
class Scenario {
public:
    Scenario(Shop& shop, const CouponBuilder& coupon)
        : shop_(&shop), coupon_id_(shop.offer(coupon)) {}

    /// Lets them come, and returns when everybody was told something.
    Scenario& when(const Crowd& crowd);

    /// Expects that since the last `then` exactly this was told, and to nobody anything else.
    template <typename... Expected>
    Scenario& then(const Expected&... expected) {
        expect_told({expected...});
        return *this;
    }

    [[nodiscard]] domain::CouponId coupon_id() const { return coupon_id_; }
    /// Every decision since the scenario began, in no particular order.
    [[nodiscard]] const std::vector<domain::IssueDecision>& decisions() const { return decisions_; }

private:
    void expect_told(const std::vector<Told>& expected);

    Shop* shop_;
    domain::CouponId coupon_id_;
    std::vector<domain::IssueDecision> decisions_;
    std::size_t looked_at_ = 0;
};
[[nodiscard]] Scenario given(Shop& shop, const CouponBuilder& coupon);

}  // namespace dibs::test
