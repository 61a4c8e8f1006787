// Goal: each step of a compaction does its part wholly or not at all, and says no to whatever would
// take an event away that was not folded.
// Method: call the steps one by one over streams with every kind of beginning, with right and with
// wrong arguments, and look at what is live afterwards.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <future>
#include <limits>

#include "contract/suites.h"

namespace dibs::contract {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::CouponInventory;
using domain::InventoryKind;
using domain::Sequence;
using repository::CompactionPoint;
using repository::CompactionPortion;
using repository::CompactionRun;
using repository::CompactionTrigger;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using test::noon;
using test::one_tick;
using testing::ElementsAre;

using namespace std::chrono_literals;

constexpr std::int64_t past_the_newest = std::numeric_limits<std::int64_t>::max();

std::vector<std::string> texts_of(const std::vector<CompactionPoint>& points) {
    std::vector<std::string> texts;
    for (const CompactionPoint& point : points) {
        texts.push_back(fmt::format("{}-{}", point.coupon_id.value, point.sequence.value));
    }
    return texts;
}

std::string text_of(CouponId id, std::int64_t sequence) {
    return fmt::format("{}-{}", id.value, sequence);
}

// Who runs.

TEST_P(CompactionContract, ARunIsRecordedAsItWasClaimed) {
    const CompactionRun claimed =
        must(compactions().claim(noon, CompactionTrigger::operators, noon + 5s));
    for (int look = 0; look < 2; ++look) {
        const CompactionRun run = must(compactions().find_run(claimed.run)).value();
        EXPECT_EQ(run.run, claimed.run);
        EXPECT_EQ(run.until, noon);
        EXPECT_EQ(run.trigger, CompactionTrigger::operators);
        EXPECT_EQ(run.started_at, noon + 5s);
        EXPECT_EQ(run.finished_at, std::nullopt);
        EXPECT_FALSE(run.is_frozen);
        EXPECT_EQ(run.events_in, 0);
        EXPECT_EQ(run.events_out, 0);
        EXPECT_EQ(run.steps, 0);
        EXPECT_EQ(must(compactions().find_unfinished()).value().run, claimed.run);
        reopen();
    }
    EXPECT_FALSE(must(compactions().find_run(claimed.run + 1)).has_value());
}

TEST_P(CompactionContract, EveryTriggerIsKept) {
    for (const auto trigger : {CompactionTrigger::scheduler, CompactionTrigger::catch_up,
                               CompactionTrigger::operators, CompactionTrigger::command}) {
        const CompactionRun run = must(compactions().claim(noon, trigger, noon));
        EXPECT_EQ(must(compactions().finish(run.run, noon)).trigger, trigger);
    }
}

TEST_P(CompactionContract, WhoeverClaimsDuringARunGetsThatRun) {
    const CompactionRun first = must(compactions().claim(noon, CompactionTrigger::command, noon));
    const CompactionRun second =
        must(compactions().claim(noon + 24h, CompactionTrigger::scheduler, noon + 1s));
    EXPECT_EQ(second.run, first.run);
    EXPECT_EQ(second.until, noon);
    EXPECT_EQ(second.trigger, CompactionTrigger::command);
    must(compactions().finish(first.run, noon));
    EXPECT_NE(must(compactions().claim(noon, CompactionTrigger::command, noon)).run, first.run);
}

TEST_P(CompactionContract, OfManyWhoClaimAtOnceOneStartsARun) {
    std::vector<std::future<CompactionRun>> claims;
    for (int i = 0; i < 6; ++i) {
        claims.push_back(std::async(std::launch::async, [&, i] {
            return must(compactions().claim(noon + i * 1s, CompactionTrigger::scheduler, noon));
        }));
    }
    std::vector<CompactionRun> claimed;
    for (auto& claim : claims) claimed.push_back(claim.get());
    for (const CompactionRun& run : claimed) {
        EXPECT_EQ(run.run, claimed.front().run);
        EXPECT_EQ(run.until, claimed.front().until);
    }
    EXPECT_EQ(must(compactions().list_runs(past_the_newest, 10)).rows.size(), 1U);
}

TEST_P(CompactionContract, RunsAreListedNewestFirstPageByPage) {
    std::vector<std::int64_t> newest_first;
    for (int i = 0; i < 3; ++i) {
        const auto run = must(compactions().claim(noon, CompactionTrigger::command, noon));
        must(compactions().finish(run.run, noon));
        newest_first.insert(newest_first.begin(), run.run);
    }
    for (const std::size_t page_size : {1U, 2U, 3U, 4U}) {
        std::vector<std::int64_t> listed;
        for (std::int64_t before = past_the_newest;;) {
            const auto page = must(compactions().list_runs(before, page_size));
            for (const CompactionRun& run : page.rows) listed.push_back(run.run);
            ASSERT_EQ(page.has_more, listed.size() < 3);
            if (!page.has_more) break;
            before = page.rows.back().run;
        }
        EXPECT_EQ(listed, newest_first) << "pages of " << page_size;
    }
}

TEST_P(CompactionContract, TheLastUntilIsTheLatestOfAllFinishedRuns) {
    EXPECT_EQ(must(compactions().last_until()), std::nullopt);
    for (const auto until : {noon + 24h, noon}) {
        const auto run = must(compactions().claim(until, CompactionTrigger::command, noon));
        must(compactions().finish(run.run, noon));
    }
    must(compactions().claim(noon + 48h, CompactionTrigger::command, noon));
    EXPECT_EQ(must(compactions().last_until()), noon + 24h);
}

// How far.

TEST_P(CompactionContract, PointsAreWhereTheEventsBeforeTheMomentEnd) {
    const auto early = a_coupon().with_stock(9).from(noon - 1h);
    const CouponId without_events = offer(a_coupon());
    const CouponId all_before = offer(early);
    ask(all_before, Asking("alice", noon - one_tick));
    const CouponId some_before = offer(early);
    ask(some_before, Asking("alice", noon - one_tick));
    ask(some_before, Asking("bob", noon));
    const CouponId none_before = offer(a_coupon().with_stock(9).from(noon));

    EXPECT_THAT(texts_of(must(compactions().find_points(noon, CouponId{0}, 10))),
                ElementsAre(text_of(all_before, 2), text_of(some_before, 2)))
        << "without " << without_events.value << " and " << none_before.value;
}

TEST_P(CompactionContract, AStreamThatIsFoldedAlreadyHasNoPointUntilMoreHappens) {
    const CouponId id = offer(a_coupon().with_stock(9));
    compact(compactions(), noon + 1s);
    EXPECT_TRUE(must(compactions().find_points(noon + 1h, CouponId{0}, 10)).empty());
    ask(id, Asking("alice", noon + 2s));
    EXPECT_TRUE(must(compactions().find_points(noon + 2s, CouponId{0}, 10)).empty());
    EXPECT_THAT(texts_of(must(compactions().find_points(noon + 3s, CouponId{0}, 10))),
                ElementsAre(text_of(id, 2)));
}

TEST_P(CompactionContract, APointStopsBeforeTheFirstEventThatIsNotToBeFolded) {
    const CouponId id = offer(a_coupon().with_stock(9));  // 1 at noon
    ask(id, Asking("a", noon + 1s));                      // 2
    ask(id, Asking("b", noon + 9s));                      // 3: the clock was ahead
    ask(id, Asking("c", noon + 2s));                      // 4: and was set back
    ask(id, Asking("d", noon + 10s));                     // 5
    const auto point = [&](base::Instant until) {
        return texts_of(must(compactions().find_points(until, CouponId{0}, 10)));
    };
    EXPECT_THAT(point(noon), ElementsAre());
    EXPECT_THAT(point(noon + 5s), ElementsAre(text_of(id, 2)));
    EXPECT_THAT(point(noon + 9s), ElementsAre(text_of(id, 2)));
    EXPECT_THAT(point(noon + 9s + one_tick), ElementsAre(text_of(id, 4)));
    EXPECT_THAT(point(noon + 11s), ElementsAre(text_of(id, 5)));
}

TEST_P(CompactionContract, PointsAreFoundByCouponPageByPage) {
    std::vector<std::string> all;
    for (int i = 0; i < 5; ++i) {
        static_cast<void>(offer(a_coupon()));
        all.push_back(text_of(offer(a_coupon().with_stock(1)), 1));
    }
    for (const std::size_t page_size : {1U, 2U, 5U, 6U}) {
        std::vector<std::string> found;
        for (CouponId after{0};;) {
            const auto points = must(compactions().find_points(noon + 1s, after, page_size));
            EXPECT_LE(points.size(), page_size);
            if (points.empty()) break;
            for (const auto& text : texts_of(points)) found.push_back(text);
            after = points.back().coupon_id;
        }
        EXPECT_EQ(found, all) << "pages of " << page_size;
    }
}

TEST_P(CompactionContract, ACouponKeepsThePointThatItHas) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask(id, Asking("a"));
    ask(id, Asking("b"));
    const auto run = must(compactions().claim(noon + 1s, CompactionTrigger::command, noon)).run;
    must(compactions().add_points(run, {{id, Sequence{2}}}));
    must(compactions().add_points(run, {{id, Sequence{3}}}));
    must(compactions().freeze(run));
    EXPECT_TRUE(must(compactions().find_run(run)).value().is_frozen);

    const CompactionPortion portion = must(compactions().next_portion(run, 100));
    EXPECT_EQ(portion.event_count, 2);
    EXPECT_EQ(must(portion.events.reduce_to_cumulative()).at(0).sequence, Sequence{2});
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CompactionContract);

}  // namespace dibs::contract
