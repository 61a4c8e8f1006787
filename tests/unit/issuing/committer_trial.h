#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/workers.h"
#include "issuing/committer_pool.h"
#include "metrics/registry.h"
#include "support/builders.h"
#include "support/collecting_desk.h"
#include "support/faulty_store.h"
#include "support/manual_clock.h"
#include "support/temporary_directory.h"

namespace dibs::issuing {

/// A pause that takes no time: it sets the clock on by as much as it may at most, and writes down
/// how much that was.
class PauseByClock final : public Pause {
public:
    explicit PauseByClock(test::ManualClock& clock) : clock_(clock) {}

    bool wait(std::chrono::nanoseconds longest) override {
        clock_.advance(std::chrono::ceil<std::chrono::microseconds>(longest));
        state_.with([&](State& state) { state.pauses.push_back(longest); });
        if (meanwhile) meanwhile();
        return true;
    }
    void end() override {}  // What a test orders happens, however early it stops.

    [[nodiscard]] std::vector<std::chrono::nanoseconds> pauses() const {
        return state_.with([](const State& state) { return state.pauses; });
    }
    /// What happens during each pause; set before the committers start.
    std::function<void()> meanwhile;

private:
    struct State {
        std::vector<std::chrono::nanoseconds> pauses;
    };
    test::ManualClock& clock_;
    base::Guarded<State> state_;
};

/// Committers over a real store with faults to order, and a desk that keeps their answers. Requests
/// that join before `start` are one group, as far as `group_max` goes. With `one_coupon` the store
/// says that its groups are of one coupon, and there are as many committers as are wanted.
class CommitterTrial {
public:
    using Answers = std::map<std::uint64_t, base::Result<IssueResult>>;
    using GroupScope = repository::GroupScope;

    explicit CommitterTrial(std::size_t group_max = 256, GroupScope scope = GroupScope::all_coupons,
                            std::size_t committers = 1)
        : store_(open_store(directory_, scope)),
          workers_("office", 1, 100),
          latch_(store_->coupons(), workers_),
          line_(100'000, clock_, scope),
          committers_(
              {.line = line_, .store = *store_, .latch = latch_, .clock = clock_, .pause = pause_},
              metrics_, group_max, committers) {}
    ~CommitterTrial() { stop(); }

    [[nodiscard]] test::StoreFaults& faults() { return store_->faults(); }
    [[nodiscard]] repository::Store& behind() { return store_->behind(); }
    [[nodiscard]] test::ManualClock& clock() { return clock_; }
    [[nodiscard]] test::CollectingDesk& desk() { return desk_; }
    [[nodiscard]] SoldOutLatch& latch() { return latch_; }
    /// For joining from other threads; such requests bring desks and tickets of their own.
    [[nodiscard]] WaitingLine& line() { return line_; }
    [[nodiscard]] PauseByClock& pause() { return pause_; }
    [[nodiscard]] std::size_t committers() const { return committers_.size(); }

    /// Offers a coupon, whatever faults are ordered.
    [[nodiscard]] domain::CouponId offer(const test::CouponBuilder& coupon) {
        return test::must(behind().coupons().create(coupon.create(), test::noon)).terms().id;
    }

    /// Lets somebody join the line. Tickets are given from 1 in the order of joining.
    std::uint64_t join(domain::CouponId coupon_id, const test::Asking& asking,
                       std::chrono::milliseconds patience = std::chrono::hours(1)) {
        return join_at(desk_, coupon_id, asking, patience);
    }
    std::uint64_t join_at(test::CollectingDesk& desk, domain::CouponId coupon_id,
                          const test::Asking& asking,
                          std::chrono::milliseconds patience = std::chrono::hours(1)) {
        const auto admission = line_.join({.coupon_id = coupon_id,
                                           .user_id = asking.user_id,
                                           .idempotency_key = asking.idempotency_key,
                                           .deadline = clock_.steady_now() + patience,
                                           .desk = &desk,
                                           .ticket = ++ticket_});
        base::ensure(admission == WaitingLine::Admission::joined, "a test's line has room");
        return ticket_;
    }

    /// For a test that lends it the thread; it must not have been started.
    [[nodiscard]] GroupCommitter& committer() { return committers_.at(0); }

    void start() { committers_.start(); }
    /// Closes the line and waits until everybody in it was answered. Calling again does nothing.
    void stop() {
        line_.close();
        committers_.stop();
        workers_.stop();
    }
    /// Starts, and gives what everybody who has joined was told, by ticket.
    [[nodiscard]] Answers answers() {
        start();
        stop();
        return desk_.wait_for(ticket_);
    }

    /// Who is registered, in the order of the stream; what is kept, and nothing that was only said.
    [[nodiscard]] std::vector<domain::RegisteredCoupon> kept(domain::CouponId coupon_id) {
        return test::must(behind().coupons().registrations(coupon_id, domain::Sequence{0}, 100'000))
            .rows;
    }
    [[nodiscard]] domain::Balance balance(domain::CouponId coupon_id) {
        return test::must(behind().coupons().find(coupon_id)).value().balance();
    }

    [[nodiscard]] std::uint64_t groups_committed() const { return committed_.value(); }
    [[nodiscard]] std::uint64_t groups_in_doubt() const { return in_doubt_.value(); }
    [[nodiscard]] std::uint64_t retried_conflict() const { return conflict_.value(); }
    [[nodiscard]] std::uint64_t retried_refused() const { return refused_.value(); }
    [[nodiscard]] std::uint64_t retried_in_doubt() const { return looked_.value(); }
    [[nodiscard]] const metrics::Histogram& group_size() const { return group_size_; }
    [[nodiscard]] const metrics::Histogram& commit_duration() const { return commit_duration_; }

private:
    static std::unique_ptr<test::FaultyStore> open_store(const test::TemporaryDirectory& directory,
                                                         GroupScope scope) {
        auto store = test::open_faulty_store(directory.file("dibs.db"));
        if (scope == GroupScope::one_coupon) store->hold_one_coupon_per_group();
        return store;
    }

    test::TemporaryDirectory directory_;
    test::ManualClock clock_;
    PauseByClock pause_{clock_};
    metrics::Histogram group_size_{metrics::size_bounds()};
    metrics::Histogram commit_duration_{metrics::duration_bounds()};
    metrics::Counter committed_;
    metrics::Counter in_doubt_;
    metrics::Counter conflict_;
    metrics::Counter refused_;
    metrics::Counter looked_;
    CommitterMetrics metrics_{.group_size = group_size_,
                              .commit_duration = commit_duration_,
                              .groups_committed = committed_,
                              .groups_in_doubt = in_doubt_,
                              .retried_conflict = conflict_,
                              .retried_refused = refused_,
                              .retried_in_doubt = looked_};
    std::unique_ptr<test::FaultyStore> store_;
    base::Workers workers_;
    SoldOutLatch latch_;
    WaitingLine line_;
    test::CollectingDesk desk_;
    std::uint64_t ticket_ = 0;
    CommitterPool committers_;
};

/// A committer's metrics, counted in a registry.
[[nodiscard]] inline CommitterMetrics counted_in(metrics::Registry& registry) {
    return {.group_size = registry.histogram("group_size", "", metrics::size_bounds()),
            .commit_duration = registry.histogram("commit", "", metrics::duration_bounds()),
            .groups_committed = registry.counter("committed", ""),
            .groups_in_doubt = registry.counter("in_doubt", ""),
            .retried_conflict = registry.counter("conflict", ""),
            .retried_refused = registry.counter("refused", ""),
            .retried_in_doubt = registry.counter("looked", "")};
}

/// A step up to the commit that a test lets fail, and its name in the test's.
struct FailingStep {
    const char* name;
    test::StoreStep step;
};

/// The request of one of many users.
[[nodiscard]] inline test::Asking asking(std::uint64_t number) {
    return test::Asking("user-" + std::to_string(number));
}

/// What somebody was told: the outcome's name, or the failure's.
[[nodiscard]] inline std::string told(const base::Result<IssueResult>& result) {
    return std::string(result ? name_of(result->outcome) : name_of(result.failure().kind));
}

/// What everybody was told, in the order of their tickets.
[[nodiscard]] inline std::vector<std::string> told(const CommitterTrial::Answers& answers) {
    std::vector<std::string> all;
    for (const auto& [ticket, result] : answers) all.push_back(told(result));
    return all;
}

/// The users of registrations, in their order.
[[nodiscard]] inline std::vector<std::string> users_of(
    const std::vector<domain::RegisteredCoupon>& registered) {
    std::vector<std::string> users;
    for (const domain::RegisteredCoupon& one : registered) users.push_back(one.user_id.text());
    return users;
}

}  // namespace dibs::issuing
