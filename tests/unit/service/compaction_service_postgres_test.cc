// Goal: several nodes over one PostgreSQL that fold the same day at once, beside customers, come to
// what one alone comes to, and the books stay clean.
// Method: two stores over one fresh database, as two processes have them, each with a service; both
// are told to fold at once, while a third thread issues. What is left is audited.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "service/compaction_service.h"
#include "service/verification_service.h"
#include "support/manual_clock.h"
#include "support/postgres_server.h"
#include "support/printing.h"
#include "support/shop.h"
#include "unit/service/compaction_trial.h"

namespace dibs::service {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::Sequence;
using repository::CompactionRun;
using repository::CompactionTrigger;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using testing::SizeIs;

using namespace std::chrono_literals;

/// One process over the database.
struct Node {
    explicit Node(const std::string& url)
        : store(must(repository::open_store(url, {.role = "test", .call_at = {}},
                                            {.allows_fsync_off = true}))),
          compactions(store->compactions(), clock, start_of_day,
                      {.runs_finished = runs_finished,
                       .runs_failed = runs_failed,
                       .events_folded = events_folded,
                       .step_duration = step_duration},
                      7, no_rest) {}

    /// Folds up to `until`; whether this node did it, and another did not.
    bool fold(base::Instant until) {
        const auto run = compactions.run(until, CompactionTrigger::scheduler);
        EXPECT_TRUE(run.is_ok() || run.failure().kind == FailureKind::conflict)
            << run.failure().what;
        return run.is_ok();
    }

    test::ManualClock clock;
    metrics::Counter runs_finished;
    metrics::Counter runs_failed;
    metrics::Counter events_folded;
    metrics::Histogram step_duration{metrics::duration_bounds()};
    std::unique_ptr<repository::Store> store;
    NoRest no_rest;
    CompactionService compactions;
};

TEST(CompactionServiceOverPostgres, TwoNodesAtOnceBesideCustomersComeToWhatOneComesTo) {
    const std::string url = test::PostgresServer::shared().fresh_database();
    Node one(url);
    Node other(url);
    test::RepositoryShop shop(one.store->coupons());
    std::vector<CouponId> coupons;
    for (int coupon = 0; coupon < 3; ++coupon) {
        coupons.push_back(shop.offer(a_coupon().with_stock(1'000)));
        std::vector<Asking> group;
        for (int i = 0; i < 60; ++i) group.emplace_back("early-" + std::to_string(i), noon);
        shop.ask_together(coupons.back(), group);
    }

    constexpr int late_max = 300;  // choice: within the stock, and no end to a slow machine's fold.
    std::atomic<int> late_count = 0;
    std::atomic<bool> is_over = false;
    std::thread crowd([&] {
        while ((!is_over && late_count < late_max) || late_count == 0) {
            const Asking asking("late-" + std::to_string(late_count), noon + 2h);
            for (const CouponId coupon : coupons) {
                EXPECT_EQ(shop.ask(coupon, asking).outcome, domain::IssueOutcome::issued);
            }
            ++late_count;
        }
    });
    auto elsewhere = std::async(std::launch::async, [&] { return other.fold(noon + 1h); });
    const bool has_folded_here = one.fold(noon + 1h);
    EXPECT_TRUE(elsewhere.get() || has_folded_here);
    is_over = true;
    crowd.join();

    EXPECT_EQ(one.events_folded.value() + other.events_folded.value(), 3U * 61);
    EXPECT_EQ(one.runs_failed.value() + other.runs_failed.value(), 0U);
    for (const CouponId coupon : coupons) {
        const auto live = must(one.store->coupons().live_events(coupon, Sequence{0}, 10'000)).rows;
        EXPECT_THAT(live, SizeIs(1 + late_count));
        EXPECT_EQ(live.front().balance_after(), (domain::Balance{Sequence{61}, 940, 60}));
    }
    const auto snapshot = must(other.store->open_snapshot());
    must(verify(*snapshot, [](const CouponVerdict& verdict) {
        EXPECT_EQ(verdict.violation_count, 0)
            << (verdict.violations.empty() ? "" : verdict.violations.front().row);
    }));
}

TEST(CompactionServiceOverPostgres, ARunWhoseNodeIsGoneIsFinishedByAnother) {
    const std::string url = test::PostgresServer::shared().fresh_database();
    Node survivor(url);
    test::RepositoryShop shop(survivor.store->coupons());
    const CouponId coupon = shop.offer(a_coupon().with_stock(1'000));
    for (int i = 0; i < 20; ++i) shop.ask(coupon, Asking("user-" + std::to_string(i)));
    std::int64_t run = 0;
    {
        Node doomed(url);
        test::FaultyCompactions faulty(doomed.store->compactions());
        CompactionService service(faulty, doomed.clock, start_of_day,
                                  {.runs_finished = doomed.runs_finished,
                                   .runs_failed = doomed.runs_failed,
                                   .events_folded = doomed.events_folded,
                                   .step_duration = doomed.step_duration},
                                  7, doomed.no_rest);
        // Its first step was committed, and the answer did not come.
        faulty.end_within(9);
        ASSERT_EQ(test::kind_of(service.run(noon + 1h, CompactionTrigger::operators)),
                  FailureKind::in_doubt);
        ASSERT_EQ(faulty.calls().back(), test::FoldStep::replace);
        run = must(doomed.compactions.list_runs(domain::number_max, 1)).rows.front().run;
    }
    EXPECT_EQ(test::kind_of(survivor.compactions.finish_unfinished()), FailureKind::conflict)
        << "the dead still leads";
    test::PostgresServer::shared().psql(url, "UPDATE inventory_compaction SET leads_until = 0");
    const auto finished = must(survivor.compactions.finish_unfinished());
    ASSERT_TRUE(finished.has_value());
    EXPECT_EQ(finished->run, run);
    EXPECT_EQ(finished->events_in, 21);
    EXPECT_EQ(finished->steps, 3);
    EXPECT_EQ(survivor.events_folded.value(), 14U);
}

}  // namespace
}  // namespace dibs::service
