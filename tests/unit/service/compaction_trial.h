#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "repository/store.h"
#include "service/compaction_service.h"
#include "support/faulty_compactions.h"
#include "support/manual_clock.h"
#include "support/shop.h"
#include "support/temporary_directory.h"

namespace dibs::service {

/// The start of the day in UTC: until when the folds of these tests fold.
[[nodiscard]] inline base::Instant start_of_day(base::Instant now) {
    return std::chrono::floor<std::chrono::days>(now);
}

/// A real store and a compaction service over it, which a test can break off and begin anew.
class CompactionTrial {
public:
    explicit CompactionTrial(std::size_t step_event_max = 100) : step_event_max_(step_event_max) {
        open();
    }
    /// With this rest after each step, which must outlive it.
    CompactionTrial(std::size_t step_event_max, FoldRest& rest)
        : step_event_max_(step_event_max), rest_(rest) {
        open();
    }

    /// As after a restart of the process: the store is opened anew, and nothing remembers anything.
    void restart() {
        service_.reset();
        compactions_.reset();
        store_.reset();
        open();
    }

    [[nodiscard]] CompactionService& service() { return *service_; }
    [[nodiscard]] test::FaultyCompactions& compactions() { return *compactions_; }
    [[nodiscard]] test::ManualClock& clock() { return clock_; }
    [[nodiscard]] repository::Store& store() { return *store_; }

    /// A new coupon that these have been issued, one a second from `from` on.
    domain::CouponId coupon_with(int issued, base::Instant from = test::noon) {
        test::RepositoryShop shop(store_->coupons());
        const domain::CouponId coupon = shop.offer(
            test::a_coupon().from(from).to(from + std::chrono::hours(1'000)).with_stock(1'000));
        std::vector<test::Asking> group;
        for (int i = 0; i < issued; ++i) {
            group.emplace_back("user-" + std::to_string(i), from + std::chrono::seconds(i));
        }
        shop.ask_together(coupon, group);
        return coupon;
    }
    domain::IssueOutcome issue(domain::CouponId coupon, const std::string& user, base::Instant at) {
        return test::RepositoryShop(store_->coupons()).ask(coupon, test::Asking(user, at)).outcome;
    }

    [[nodiscard]] std::vector<domain::CouponInventory> live(domain::CouponId coupon) {
        return test::must(store_->coupons().live_events(coupon, domain::Sequence{0}, 10'000)).rows;
    }
    [[nodiscard]] std::vector<domain::CouponInventory> history(domain::CouponId coupon) {
        return test::must(store_->coupons().history(coupon, base::earliest_instant(),
                                                    base::latest_instant(), domain::Sequence{0},
                                                    10'000))
            .rows;
    }
    [[nodiscard]] domain::Balance balance(domain::CouponId coupon) {
        return test::must(store_->coupons().find(coupon)).value().balance();
    }
    /// All runs, the oldest first.
    [[nodiscard]] std::vector<repository::CompactionRun> runs() {
        auto rows = test::must(store_->compactions().list_runs(domain::number_max, 1'000)).rows;
        return {rows.rbegin(), rows.rend()};
    }

    metrics::Counter runs_finished;
    metrics::Counter runs_failed;
    metrics::Counter events_folded;
    metrics::Histogram step_duration{metrics::duration_bounds()};

private:
    void open() {
        store_ = test::must(repository::open_store("sqlite:" + directory_.file("dibs.db"),
                                                   {.role = "test", .call_at = {}}));
        compactions_ = std::make_unique<test::FaultyCompactions>(store_->compactions());
        service_ =
            std::make_unique<CompactionService>(*compactions_, clock_, start_of_day,
                                                CompactionMetrics{.runs_finished = runs_finished,
                                                                  .runs_failed = runs_failed,
                                                                  .events_folded = events_folded,
                                                                  .step_duration = step_duration},
                                                step_event_max_, rest_);
    }

    const std::size_t step_event_max_;
    NoRest no_rest_;
    FoldRest& rest_ = no_rest_;
    test::TemporaryDirectory directory_;
    test::ManualClock clock_;
    std::unique_ptr<repository::Store> store_;
    std::unique_ptr<test::FaultyCompactions> compactions_;
    std::unique_ptr<CompactionService> service_;
};

}  // namespace dibs::service
