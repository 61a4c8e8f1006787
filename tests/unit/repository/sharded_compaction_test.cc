// Goal: a compaction over several servers is one run wherever it is cut off, and whoever has lost
// its lead changes nothing at any of them.
// Method: two processes over the same two servers; what a process that died would have left undone
// is taken away by psql, after each step of the run.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repository/sharded_store.h"
#include "support/postgres_server.h"
#include "support/printing.h"
#include "support/shop.h"

namespace dibs::repository {
namespace {

using base::FailureKind;
using domain::CouponId;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using test::noon;
using test::PostgresServer;
using testing::SizeIs;

using namespace std::chrono_literals;

constexpr base::Instant until = noon + 1h;

class ShardedCompactions : public testing::Test {
protected:
    ShardedCompactions() {
        test::RepositoryShop shop(store_->coupons());
        for (int i = 0; i < 4; ++i) {
            coupons_.push_back(shop.offer(a_coupon().with_stock(9)));
            shop.ask(coupons_.back(), Asking("alice"));
            shop.ask(coupons_.back(), Asking("bob"));
        }
    }

    std::unique_ptr<ShardedStore> open() const {
        return must(ShardedStore::open(urls_, {.allows_fsync_off = true, .fills_listings = false}));
    }
    std::string psql(std::size_t place, const std::string& sql) const {
        return PostgresServer::shared().psql(urls_[place], sql);
    }
    void add_all_points(CompactionRepository& compactions, std::int64_t run) {
        must(compactions.add_points(run, must(compactions.find_points(until, CouponId{0}, 100))));
    }
    /// Folds what is left of a run, as a process does that takes it over.
    CompactionRun finish(CompactionRepository& compactions, std::int64_t run) {
        EXPECT_TRUE(must(compactions.lead(run)));
        if (!must(compactions.find_run(run)).value().is_frozen) {
            add_all_points(compactions, run);
            must(compactions.freeze(run));
        }
        while (true) {
            const auto portion = must(compactions.next_portion(run, 2));
            if (portion.event_count == 0) break;
            must(compactions.replace(run, must(portion.events.reduce_to_cumulative()),
                                     portion.event_count));
        }
        return must(compactions.finish(run, until));
    }
    void expect_all_folded(const CompactionRun& finished) {
        EXPECT_EQ(finished.events_in, 12);
        EXPECT_EQ(finished.events_out, 4);
        EXPECT_TRUE(finished.finished_at.has_value());
        for (const CouponId id : coupons_) {
            EXPECT_THAT(must(store_->coupons().live_events(id, domain::Sequence{0}, 10)).rows,
                        SizeIs(1));
        }
        for (const std::size_t place : {0U, 1U}) {
            EXPECT_EQ(psql(place, "SELECT count(*) FROM inventory_compaction WHERE under_way"),
                      "0");
            EXPECT_EQ(psql(place, "SELECT count(*) FROM inventory_compaction_point"), "0");
        }
    }

    const std::vector<std::string> urls_{PostgresServer::shared().fresh_schema(),
                                         PostgresServer::shared().fresh_schema()};
    std::unique_ptr<ShardedStore> store_ = open();
    std::unique_ptr<ShardedStore> other_ = open();
    std::vector<CouponId> coupons_;
};

TEST_F(ShardedCompactions, AreOneRunEverywhere) {
    const auto run = must(store_->compactions().claim(until, CompactionTrigger::command, until));
    EXPECT_EQ(must(other_->compactions().claim(noon, CompactionTrigger::operators, noon)).run,
              run.run);
    EXPECT_EQ(psql(0, "SELECT run, until, trigger, started_at FROM inventory_compaction"),
              psql(1, "SELECT run, until, trigger, started_at FROM inventory_compaction"));
    expect_all_folded(finish(store_->compactions(), run.run));
    EXPECT_THAT(must(store_->compactions().list_runs(run.run + 1, 10)).rows, SizeIs(1));
    EXPECT_EQ(must(store_->compactions().list_runs(run.run + 1, 10)).rows.front().events_in, 12);
}

TEST_F(ShardedCompactions, GoOnWhereAProcessDiedBetweenTwoServers) {
    // At the claim: the second server has not heard of the run.
    const auto run =
        must(store_->compactions().claim(until, CompactionTrigger::command, until)).run;
    psql(1, "DELETE FROM inventory_compaction");
    EXPECT_TRUE(must(other_->compactions().lead(run)));
    EXPECT_EQ(psql(1, "SELECT run FROM inventory_compaction WHERE under_way"), std::to_string(run));
    // At the points: those of one server are written down, and the run isn't frozen.
    add_all_points(other_->compactions(), run);
    psql(1, "DELETE FROM inventory_compaction_point");
    add_all_points(other_->compactions(), run);
    must(other_->compactions().freeze(run));
    // At the end: the second server has ended it, and the first one hasn't.
    while (true) {
        const auto portion = must(other_->compactions().next_portion(run, 5));
        if (portion.event_count == 0) break;
        must(other_->compactions().replace(run, must(portion.events.reduce_to_cumulative()),
                                           portion.event_count));
    }
    psql(1, fmt::format("UPDATE inventory_compaction SET finished_at = {}, under_way = NULL",
                        base::to_microseconds(until)));
    EXPECT_EQ(must(other_->compactions().find_unfinished()).value().run, run);
    EXPECT_EQ(must(other_->compactions().claim(noon, CompactionTrigger::command, noon)).run, run)
        << "no other run begins before this one has ended everywhere";
    expect_all_folded(must(other_->compactions().finish(run, until)));
    const auto next = must(other_->compactions().claim(until, CompactionTrigger::command, until));
    EXPECT_EQ(next.run, run + 1);
    EXPECT_EQ(next.events_in, 0);
}

TEST_F(ShardedCompactions, TurnAwayWhoeverHasLostTheLeadAtEveryServer) {
    const auto run =
        must(store_->compactions().claim(until, CompactionTrigger::command, until)).run;
    EXPECT_TRUE(must(store_->compactions().lead(run)));
    EXPECT_FALSE(must(other_->compactions().lead(run)));
    add_all_points(store_->compactions(), run);
    must(store_->compactions().freeze(run));
    std::vector<CompactionPortion> portions;
    for (const CouponId id : coupons_) {
        const auto live = must(store_->coupons().live_events(id, domain::Sequence{0}, 10)).rows;
        portions.push_back({domain::PeriodCouponInventoryList(live), 3});
    }
    // Its time runs out, and the other takes over.
    for (const std::size_t place : {0U, 1U}) {
        psql(place, "UPDATE inventory_compaction SET leads_until = 0");
    }
    EXPECT_TRUE(must(other_->compactions().lead(run)));
    EXPECT_FALSE(must(store_->compactions().lead(run)));
    for (const CompactionPortion& portion : portions) {
        EXPECT_EQ(kind_of(store_->compactions().replace(
                      run, must(portion.events.reduce_to_cumulative()), portion.event_count)),
                  FailureKind::conflict);
    }
    EXPECT_EQ(kind_of(store_->compactions().finish(run, until)), FailureKind::conflict);
    expect_all_folded(finish(other_->compactions(), run));
}

}  // namespace
}  // namespace dibs::repository
