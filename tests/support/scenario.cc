#include "support/scenario.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <iterator>
#include <utility>

#include "support/printing.h"

namespace dibs::test {

using domain::IssueDecision;
using domain::IssueOutcome;

namespace {

// choice: more than the machine has cores, so that threads are also preempted where it hurts.
constexpr std::size_t thread_count = 4;

std::vector<IssueDecision> ask_each(Shop& shop, domain::CouponId coupon_id,
                                    const std::vector<Asking>& askings, std::size_t first,
                                    std::size_t stride) {
    std::vector<IssueDecision> decisions;
    for (std::size_t i = first; i < askings.size(); i += stride) {
        decisions.push_back(shop.ask(coupon_id, askings[i]));
    }
    return decisions;
}

}  // namespace

Crowd users(std::size_t count) {
    return Crowd(count);
}

Crowd& Crowd::ask_at_once() {
    comes_at_once_ = true;
    return *this;
}

Crowd& Crowd::ask_in_turn() {
    comes_at_once_ = false;
    return *this;
}

Crowd& Crowd::times(std::size_t count) {
    times_ = count;
    return *this;
}

Crowd& Crowd::at(base::Instant arrived_at) {
    arrived_at_ = arrived_at;
    return *this;
}

Crowd& Crowd::called(std::string name) {
    name_ = std::move(name);
    return *this;
}

std::vector<Asking> Crowd::askings() const {
    std::vector<Asking> askings;
    askings.reserve(count_ * times_);
    for (std::size_t round = 0; round < times_; ++round) {
        for (std::size_t i = 1; i <= count_; ++i) {
            askings.emplace_back(fmt::format("{}-{}", name_, i), arrived_at_);
        }
    }
    return askings;
}

Told issued(std::int64_t count) {
    return {IssueOutcome::issued, count};
}

Told sold_out(std::int64_t count) {
    return {IssueOutcome::sold_out, count};
}

Told already_registered(std::int64_t count) {
    return {IssueOutcome::already_registered, count};
}

Told not_started(std::int64_t count) {
    return {IssueOutcome::not_started, count};
}

Told ended(std::int64_t count) {
    return {IssueOutcome::ended, count};
}

Scenario given(Shop& shop, const CouponBuilder& coupon) {
    return {shop, coupon};
}

Scenario& Scenario::when(const Crowd& crowd) {
    const std::vector<Asking> askings = crowd.askings();
    const std::size_t stride = crowd.comes_at_once() ? thread_count : 1;
    std::vector<std::future<std::vector<IssueDecision>>> told;
    for (std::size_t first = 0; first < stride; ++first) {
        told.push_back(std::async(std::launch::async, [&, first] {
            return ask_each(*shop_, coupon_id_, askings, first, stride);
        }));
    }
    for (auto& some : told) {
        std::ranges::move(some.get(), std::back_inserter(decisions_));
    }
    return *this;
}

void Scenario::expect_told(const std::vector<Told>& expected) {
    std::map<IssueOutcome, std::int64_t> counts;
    for (; looked_at_ < decisions_.size(); ++looked_at_) ++counts[decisions_[looked_at_].outcome];
    std::map<IssueOutcome, std::int64_t> expected_counts;
    for (const Told& told : expected) {
        if (told.count > 0) expected_counts[told.outcome] += told.count;
    }
    EXPECT_EQ(counts, expected_counts);
}

}  // namespace dibs::test
