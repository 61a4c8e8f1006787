// Goal: of several processes over one PostgreSQL one leads a run, by the database's clock, and
// whoever has lost the lead changes nothing, however late it wakes.
// Method: two repositories over one fresh database, each with a name and connections of its own.
// That time passes is said to the database, by psql, and not waited for.

#include "repository/postgres_compaction_repository.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <future>
#include <vector>

#include "repository/store.h"
#include "support/postgres_server.h"
#include "support/printing.h"
#include "support/shop.h"

namespace dibs::repository {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::CouponInventory;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using test::noon;
using test::PostgresServer;
using testing::SizeIs;

using namespace std::chrono_literals;

constexpr base::Instant until = noon + 1h;

/// The compactions of one process.
struct Node {
    Node(const std::string& url, std::string name)
        : writers({.url = url, .connections_max = 4, .patience = 5s}, clock),
          readers({.url = url, .connections_max = 4, .patience = 5s}, clock),
          compactions(writers, readers, std::move(name)) {}

    base::SystemClock clock;
    PostgresPool writers;
    PostgresPool readers;
    PostgresCompactionRepository compactions;
};

class PostgresCompaction : public testing::Test {
protected:
    PostgresCompaction() {
        coupon_ = shop_.offer(a_coupon().with_stock(100));
        for (int i = 0; i < 5; ++i) shop_.ask(coupon_, Asking("user-" + std::to_string(i)));
    }

    /// A run of which every point is written down, and which `leader` leads.
    std::int64_t freeze_as(PostgresCompactionRepository& leader) {
        const auto run = must(leader.claim(until, CompactionTrigger::scheduler, until)).run;
        EXPECT_TRUE(must(leader.lead(run)));
        must(leader.add_points(run, must(leader.find_points(until, CouponId{0}, 10))));
        must(leader.freeze(run));
        return run;
    }
    /// As when its leader has said nothing for as long as a lead lasts.
    void let_lead_run_out(std::int64_t run) {
        psql(
            fmt::format("UPDATE inventory_compaction SET leads_until = leads_until - {}"
                        " WHERE run = {}",
                        std::chrono::microseconds(CompactionRepository::lead_time).count(), run));
    }
    /// How many microseconds the lead still lasts.
    std::int64_t lead_left(std::int64_t run) {
        return std::stoll(
            psql(fmt::format("SELECT leads_until - (extract(epoch FROM clock_timestamp())"
                             " * 1000000)::bigint FROM inventory_compaction WHERE run = {}",
                             run)));
    }
    std::string psql(const std::string& sql) { return server_.psql(url_, sql); }
    std::vector<CouponInventory> live() {
        return must(store_->coupons().live_events(coupon_, Sequence{0}, 1'000)).rows;
    }
    /// Folds everything that the run has left.
    void fold_the_rest(PostgresCompactionRepository& leader, std::int64_t run) {
        while (true) {
            const auto portion = must(leader.next_portion(run, 100));
            if (portion.event_count == 0) return;
            must(leader.replace(run, must(portion.events.reduce_to_cumulative()),
                                portion.event_count));
        }
    }

    PostgresServer& server_ = PostgresServer::shared();
    const std::string url_ = server_.fresh_database();
    const std::unique_ptr<Store> store_ =
        must(open_store(url_, {.role = "test", .call_at = {}}, {.allows_fsync_off = true}));
    test::RepositoryShop shop_{store_->coupons()};
    CouponId coupon_;
    Node one_{url_, "one"};
    Node other_{url_, "other"};
    PostgresCompactionRepository& first_ = one_.compactions;
    PostgresCompactionRepository& second_ = other_.compactions;
};

TEST_F(PostgresCompaction, OfTwoThatClaimAtOnceOneRunResults) {
    for (int round = 1; round <= 10; ++round) {
        const auto claim_as = [&](PostgresCompactionRepository& node) {
            return std::async(std::launch::async, [&node] {
                return must(node.claim(until, CompactionTrigger::scheduler, until));
            });
        };
        auto of_first = claim_as(first_);
        auto of_second = claim_as(second_);
        const auto run = of_first.get().run;
        EXPECT_EQ(of_second.get().run, run);
        EXPECT_EQ(run, round) << "no number is left out";
        must(first_.finish(run, until));
    }
}

TEST_F(PostgresCompaction, ARunOfAnotherServerIsTakenUpByAsManyAsLikeAtOnce) {
    constexpr int takers = 4;
    for (std::int64_t number = 1; number <= 40; ++number) {
        CompactionRun run;
        run.run = number;
        run.until = until;
        std::barrier start(takers);
        std::vector<std::future<void>> taken_up;
        for (int i = 0; i < takers; ++i) {
            taken_up.push_back(std::async(std::launch::async, [&] {
                start.arrive_and_wait();
                must(first_.take_up(run));
            }));
        }
        for (auto& one : taken_up) one.get();
        EXPECT_EQ(must(second_.find_unfinished())->run, number);
        must(first_.finish(number, until));
    }
}

TEST_F(PostgresCompaction, NoRunIsTakenUpBesideAnother) {
    const auto run = must(first_.claim(until, CompactionTrigger::scheduler, until));
    CompactionRun next = run;
    next.run = run.run + 1;
    EXPECT_EQ(kind_of(first_.take_up(next)), FailureKind::refused);
    EXPECT_EQ(must(second_.find_unfinished())->run, run.run);
}

TEST_F(PostgresCompaction, OfTwoWhoWouldLeadAtOnceOneDoes) {
    const auto run = must(first_.claim(until, CompactionTrigger::scheduler, until)).run;
    const auto lead_as = [&](PostgresCompactionRepository& node) {
        return std::async(std::launch::async, [&node, run] { return must(node.lead(run)); });
    };
    auto of_first = lead_as(first_);
    auto of_second = lead_as(second_);
    EXPECT_NE(of_first.get(), of_second.get());
}

TEST_F(PostgresCompaction, TheLeadIsKeptByWhoeverHasIt) {
    const auto run = must(first_.claim(until, CompactionTrigger::scheduler, until)).run;
    EXPECT_TRUE(must(first_.lead(run)));
    let_lead_run_out(run);
    ASSERT_LE(lead_left(run), 0);
    EXPECT_TRUE(must(first_.lead(run))) << "late, but before anybody else";
    EXPECT_GT(lead_left(run), 0);
    EXPECT_FALSE(must(second_.lead(run)));
}

TEST_F(PostgresCompaction, ALeadThatRanOutIsAnybodys) {
    const auto run = must(first_.claim(until, CompactionTrigger::scheduler, until)).run;
    ASSERT_TRUE(must(first_.lead(run)));
    let_lead_run_out(run);
    EXPECT_TRUE(must(second_.lead(run)));
    EXPECT_FALSE(must(first_.lead(run)));
}

TEST_F(PostgresCompaction, NobodyLeadsARunThatIsOver) {
    const auto run = freeze_as(first_);
    must(first_.finish(run, until));
    EXPECT_FALSE(must(first_.lead(run)));
    EXPECT_FALSE(must(second_.lead(run)));
}

TEST_F(PostgresCompaction, AStepOfWhoeverLostTheLeadIsAConflict) {
    const auto run = freeze_as(first_);
    const auto portion = must(first_.next_portion(run, 3));
    const auto folded = must(portion.events.reduce_to_cumulative());
    // Here the first is stopped for a while.
    let_lead_run_out(run);
    ASSERT_TRUE(must(second_.lead(run)));
    const auto live_before = live();
    EXPECT_EQ(kind_of(first_.replace(run, folded, portion.event_count)), FailureKind::conflict)
        << "nothing was folded meanwhile, but who leads may have read it already";
    EXPECT_EQ(live(), live_before);
    fold_the_rest(second_, run);
    EXPECT_EQ(kind_of(first_.replace(run, folded, portion.event_count)), FailureKind::conflict);
    must(second_.finish(run, until));
    EXPECT_EQ(kind_of(first_.replace(run, folded, portion.event_count)), FailureKind::conflict);

    EXPECT_THAT(live(), SizeIs(1));
    const auto record = must(first_.find_run(run)).value();
    EXPECT_EQ(record.events_in, 6);
    EXPECT_EQ(record.steps, 1);
}

TEST_F(PostgresCompaction, NothingElseOfWhoeverLostTheLeadIsWritten) {
    const auto run = must(first_.claim(until, CompactionTrigger::scheduler, until)).run;
    ASSERT_TRUE(must(first_.lead(run)));
    const auto points = must(first_.find_points(until, CouponId{0}, 10));
    let_lead_run_out(run);
    ASSERT_TRUE(must(second_.lead(run)));
    EXPECT_EQ(kind_of(first_.add_points(run, points)), FailureKind::conflict);
    EXPECT_EQ(kind_of(first_.freeze(run)), FailureKind::conflict);
    EXPECT_EQ(kind_of(first_.finish(run, until)), FailureKind::conflict);
    EXPECT_EQ(psql("SELECT count(*) FROM inventory_compaction_point"), "0");
    const auto record = must(first_.find_run(run)).value();
    EXPECT_FALSE(record.is_frozen);
    EXPECT_FALSE(record.finished_at.has_value());
}

TEST_F(PostgresCompaction, NobodyTakesTheLeadInTheMiddleOfAStep) {
    const auto run = freeze_as(first_);
    let_lead_run_out(run);
    // As a step holds it: until its transaction ends, nobody is told to lead.
    auto step = must(one_.writers.begin(
        {{"SELECT run FROM inventory_compaction WHERE run = $1::bigint FOR UPDATE",
          {std::to_string(run)}}}));
    EXPECT_FALSE(must(second_.lead(run)));
    step.lease->roll_back(step.lease.deadline());
    EXPECT_TRUE(must(second_.lead(run)));
}

TEST_F(PostgresCompaction, WhereALeaderWasCutOffTheNextOneGoesOn) {
    const auto run = freeze_as(first_);
    const auto portion = must(first_.next_portion(run, 3));
    must(first_.replace(run, must(portion.events.reduce_to_cumulative()), portion.event_count));
    let_lead_run_out(run);
    ASSERT_TRUE(must(second_.lead(run)));
    fold_the_rest(second_, run);
    const auto finished = must(second_.finish(run, until));
    EXPECT_EQ(finished.events_in, 6) << "each event is counted once";
    EXPECT_EQ(finished.events_out, 1);
    EXPECT_EQ(finished.steps, 2);
    EXPECT_THAT(live(), SizeIs(1));
}

TEST_F(PostgresCompaction, ARunThatMayNotBeRecordedIsRefusedAndNotTriedForEver) {
    psql("CREATE ROLE onlooker LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO onlooker");
    std::string url = url_;
    url.replace(url.find("postgres@"), std::string("postgres@").size(), "onlooker@");
    Node onlooker(url, "onlooker");
    EXPECT_EQ(kind_of(onlooker.compactions.claim(until, CompactionTrigger::command, until)),
              FailureKind::refused);
    psql("DROP OWNED BY onlooker; DROP ROLE onlooker");
}

}  // namespace
}  // namespace dibs::repository
