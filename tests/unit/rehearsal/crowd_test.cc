// Goal: a crowd comes as it was told to, over real connections, and sees what there is to see.
// Method: a toy shop in memory behind a toy server, right or wrong as the test wants it.

#include "rehearsal/crowd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/guarded.h"
#include "rehearsal/audit.h"
#include "support/toy_server.h"
#include "support/toy_shop.h"
#include "unit/rehearsal/crowd_run.h"
#include "unit/rehearsal/told.h"

namespace dibs::rehearsal {
namespace {

using std::chrono::milliseconds;
using support::toy_response;
using support::ToyAnswer;
using support::ToyServer;
using support::ToyShop;

CrowdOptions crowd_at(const ToyServer& server, std::uint32_t users, std::size_t connections) {
    CrowdOptions options;
    options.port = server.port();
    options.coupon_id = 42;
    options.user_count = users;
    options.connection_count = connections;
    options.thread_count = 2;
    options.settling_time = milliseconds(0);
    options.identity = [](std::string_view user) { return "X-User-Id: " + std::string(user); };
    return options;
}

/// The audit of a crowd at a shop, books included.
AuditReport judge(const CrowdResult& result, const ToyShop& shop, std::int64_t stock) {
    StoredBooks books;
    books.of_coupon = [&]() -> base::Result<std::vector<ListedRegistration>> {
        return shop.registrations();
    };
    books.stock = [&]() -> base::Result<StockBody> { return shop.stock(); };
    const auto report = audit(result, terms_of(stock), books);
    EXPECT_TRUE(report.is_ok());
    return *report;
}

TEST(Stampede, GivesOutTheStockAndNotOneMore) {
    ToyShop shop(42, 100);
    ToyServer server([&](std::string_view head) { return shop.answer(head); });
    const CrowdResult result = run(crowd_at(server, 500, 500));
    EXPECT_EQ(result.connections_open, 500U);
    EXPECT_EQ(result.sent, 500U);
    EXPECT_EQ(result.answered(), 500U);
    EXPECT_EQ(result.count_of(AnswerKind::issued), 100U);
    EXPECT_EQ(result.count_of(AnswerKind::refused), 400U);
    EXPECT_EQ(result.issued.size(), 100U);
    EXPECT_EQ(result.unanswered() + result.never_sent + result.malformed, 0U);
    EXPECT_GT(result.latency_of_all().percentile(50).count(), 0);
    EXPECT_LE(result.latency_of_all().longest(), result.elapsed);
    const AuditReport report = judge(result, shop, 100);
    EXPECT_EQ(faults_of(report), "");
    EXPECT_EQ(report.acknowledged, 100U);
}

TEST(Stampede, HasEveryConnectionOpenBeforeTheFirstRequest) {
    std::atomic<std::size_t> open_at_first{0};
    std::atomic<const ToyServer*> the_server{nullptr};
    ToyServer server([&](std::string_view) {
        std::size_t none = 0;
        open_at_first.compare_exchange_strong(none, the_server.load()->accepted());
        return ToyAnswer{toy_response("200 OK", "")};
    });
    the_server = &server;
    CrowdOptions options = crowd_at(server, 300, 300);
    options.settling_time = milliseconds(50);
    EXPECT_EQ(run(options).answered(), 300U);
    EXPECT_EQ(open_at_first, 300U);
}

TEST(Stampede, SendsEachUserExactlyOnceEvenOverFewConnections) {
    base::Guarded<std::multiset<std::string>> seen;
    ToyServer server([&](std::string_view head) {
        seen.with([&](auto& users) { users.insert(support::toy_field(head, "X-User-Id")); });
        return ToyAnswer{toy_response("200 OK", "")};
    });
    const CrowdResult result = run(crowd_at(server, 1'000, 7));
    EXPECT_EQ(result.answered(), 1'000U);
    EXPECT_EQ(result.connections_open, 7U);
    seen.with([](const auto& users) {
        EXPECT_EQ(users.size(), 1'000U);
        EXPECT_EQ(std::set(users.begin(), users.end()).size(), 1'000U);
    });
}

TEST(Stampede, OpensNoMoreConnectionsThanItHasRequests) {
    ToyServer server([](std::string_view) { return ToyAnswer{toy_response("200 OK", "")}; });
    const CrowdResult result = run(crowd_at(server, 5, 100));
    EXPECT_EQ(result.connections_wanted, 5U);
    EXPECT_EQ(server.accepted(), 5U);
}

TEST(Stampede, OfThousandsIsThroughQuickly) {
    ToyShop shop(42, 1'000);
    ToyServer server([&](std::string_view head) { return shop.answer(head); });
    const CrowdResult result = run(crowd_at(server, 4'000, 4'000));
    EXPECT_EQ(result.connections_open, 4'000U);
    EXPECT_EQ(result.answered(), 4'000U);
    EXPECT_EQ(faults_of(judge(result, shop, 1'000)), "");
}

TEST(Crowd, AsksAgainWithTheSameKeyAndGetsTheSameAnswer) {
    ToyShop shop(42, 50);
    ToyServer server([&](std::string_view head) { return shop.answer(head); });
    CrowdOptions options = crowd_at(server, 50, 20);
    options.requests_per_user = 3;
    options.key_use = KeyUse::per_user;
    const CrowdResult result = run(options);
    EXPECT_EQ(result.count_of(AnswerKind::issued), 50U);
    EXPECT_EQ(result.count_of(AnswerKind::replayed), 100U);
    const AuditReport report = judge(result, shop, 50);
    EXPECT_EQ(faults_of(report), "");
    EXPECT_EQ(report.acknowledged, 50U);
    EXPECT_EQ(report.replayed, 100U);
}

/// What the audit says of 200 users, who ask twice each, at a shop that has this fault.
std::string faults_of_shop(ToyShop::Fault fault, std::int64_t stock = 50) {
    ToyShop shop(42, stock, fault);
    ToyServer server([&](std::string_view head) { return shop.answer(head); });
    CrowdOptions options = crowd_at(server, 200, 20);
    options.requests_per_user = 2;
    options.key_use = fault == ToyShop::Fault::forgets_who_holds ? KeyUse::none : KeyUse::per_user;
    return faults_of(judge(run(options), shop, stock));
}

TEST(Crowd, FindsOutAShopThatIsWrong) {
    EXPECT_EQ(faults_of_shop(ToyShop::Fault::none), "");
    EXPECT_EQ(faults_of_shop(ToyShop::Fault::sells_one_too_many), "oversold");
    EXPECT_EQ(faults_of_shop(ToyShop::Fault::forgets_one), "lost rank-gap");
    EXPECT_EQ(faults_of_shop(ToyShop::Fault::gives_a_rank_twice), "shared-rank rank-gap");
    // With more coupons than users somebody must get two.
    EXPECT_EQ(faults_of_shop(ToyShop::Fault::forgets_who_holds, 250), "over-limit");
    EXPECT_EQ(faults_of_shop(ToyShop::Fault::replays_another_rank), "replay-differs");
}

TEST(ClosedLoop, AsksUntilTheTimeIsUp) {
    ToyServer server([](std::string_view) { return ToyAnswer{toy_response("200 OK", "ok")}; });
    CrowdOptions options = crowd_at(server, 10, 8);
    options.mode = CrowdMode::closed_loop;
    options.method = "GET";
    options.path = "/livez";
    options.requests_per_user = 0;
    options.duration = milliseconds(300);
    const CrowdResult result = run(options);
    EXPECT_GT(result.answered(), 100U);
    EXPECT_EQ(result.answered(), result.sent);
    EXPECT_EQ(result.count_of(AnswerKind::done), result.sent);
    EXPECT_GE(result.elapsed, milliseconds(250));
    EXPECT_LT(result.elapsed, milliseconds(5'000));
    EXPECT_GT(result.processor_time.count(), 0);
    EXPECT_EQ(server.accepted(), 8U);
}

TEST(ClosedLoop, EndsEarlierIfNoRequestIsLeft) {
    ToyServer server([](std::string_view) { return ToyAnswer{toy_response("200 OK", "ok")}; });
    CrowdOptions options = crowd_at(server, 10, 2);
    options.mode = CrowdMode::closed_loop;
    options.requests_per_user = 3;
    options.duration = std::chrono::minutes(10);
    EXPECT_EQ(run(options).answered(), 30U);
}

TEST(OpenLoop, SendsAtItsRate) {
    ToyServer server([](std::string_view) { return ToyAnswer{toy_response("200 OK", "ok")}; });
    CrowdOptions options = crowd_at(server, 10, 8);
    options.mode = CrowdMode::open_loop;
    options.requests_per_user = 0;
    options.requests_per_second = 1'000;
    options.duration = milliseconds(500);
    const CrowdResult result = run(options);
    EXPECT_EQ(result.sent, 500U);
    EXPECT_EQ(result.answered(), 500U);
    EXPECT_GE(result.elapsed, milliseconds(499));
}

/// The p99 of 500 requests over one second at a server that stands still for 200 ms once.
std::chrono::nanoseconds p99_of_a_stall(CrowdMode mode) {
    std::size_t served = 0;
    ToyServer server([&](std::string_view) {
        // The stall itself is what is tried: real time has to pass.
        if (++served == 100) std::this_thread::sleep_for(milliseconds(200));
        return ToyAnswer{toy_response("200 OK", "ok")};
    });
    CrowdOptions options = crowd_at(server, 500, 1);
    options.thread_count = 1;
    options.mode = mode;
    options.requests_per_second = 500;
    options.duration = milliseconds(1'000);
    return run(options).latency_of_all().percentile(99);
}

TEST(OpenLoop, CountsWhatAStallCostThoseWhoCameMeanwhile) {
    // A fifth of the requests fell due during the stall; they waited 0 to 200 ms for the one
    // connection, and the worst of a hundred nearly all of it.
    EXPECT_GE(p99_of_a_stall(CrowdMode::open_loop), milliseconds(150));
    // The closed loop sent nothing meanwhile, and so hardly knows of it: that is what it hides.
    EXPECT_LT(p99_of_a_stall(CrowdMode::closed_loop), milliseconds(100));
}

TEST(OpenLoop, LetsThemGoAwayWhoFindNoFreeConnectionIfTheyMay) {
    // Each answer takes longer than the distance between two requests; the service's own time has
    // to pass.
    ToyServer server([&](std::string_view) {
        // As above: what is tried is what time itself does.
        std::this_thread::sleep_for(milliseconds(20));
        return ToyAnswer{toy_response("200 OK", "ok")};
    });
    CrowdOptions options = crowd_at(server, 400, 1);
    options.thread_count = 1;
    options.mode = CrowdMode::open_loop;
    options.requests_per_second = 1'000;
    options.duration = milliseconds(400);
    options.goes_away_when_full = true;
    const CrowdResult result = run(options);
    EXPECT_EQ(result.sent + result.never_sent, 400U);
    EXPECT_GE(result.sent, 2U);
    // One every 20 ms for 400 ms, and the one that fell due just before the end.
    EXPECT_LE(result.sent, 21U);
    EXPECT_EQ(result.answered(), result.sent);
    // Nobody who was sent had waited for a connection: else the last would have waited for long.
    EXPECT_LT(result.latency_of_all().percentile(50), milliseconds(200));
}

TEST(Crowd, TellsWhoWatchesHowFarItIs) {
    class Watcher final : public ProgressSink {
    public:
        [[nodiscard]] bool is_watching() const override { return true; }
        void show(const Progress& progress) override { seen.push_back(progress); }
        std::vector<Progress> seen;
    };
    ToyShop shop(42, 10);
    ToyServer server([&](std::string_view head) { return shop.answer(head); });
    CrowdOptions options = crowd_at(server, 30, 30);
    Watcher watcher;
    ASSERT_TRUE(run_crowd(options, watcher, the_clock).is_ok());
    ASSERT_GE(watcher.seen.size(), 2U);
    EXPECT_EQ(watcher.seen.front().phase, CrowdPhase::connecting);
    const Progress& last = watcher.seen.back();
    EXPECT_EQ(last.phase, CrowdPhase::over);
    EXPECT_EQ(last.connections_open, 30U);
    EXPECT_EQ(last.requests_planned, 30U);
    EXPECT_EQ(last.counts.sent, 30U);
    EXPECT_EQ(last.counts.issued, 10U);
    EXPECT_EQ(last.counts.refused, 20U);
    EXPECT_GT(last.latency_p99.count(), 0);
    EXPECT_GE(last.latency_p99, last.latency_p50);
}

TEST(Crowd, KeepsItsHistoryIfItIsWanted) {
    ToyShop shop(42, 10);
    ToyServer server([&](std::string_view head) { return shop.answer(head); });
    CrowdOptions options = crowd_at(server, 30, 5);
    options.keep_history = true;
    const CrowdResult result = run(options);
    ASSERT_EQ(result.history.size(), 30U);
    std::set<std::int64_t> ranks;
    for (const HistoryEntry& entry : result.history) {
        EXPECT_LE(entry.sent_at, entry.ended_at);
        ASSERT_LT(entry.outcome, result.outcomes.size());
        const bool is_issued = result.outcomes[entry.outcome].kind == AnswerKind::issued;
        EXPECT_EQ(is_issued, entry.rank > 0);
        ranks.insert(entry.rank);
    }
    EXPECT_EQ(ranks.size(), 11U);
}

}  // namespace
}  // namespace dibs::rehearsal
