// Goal: what is immutable is refused by the store itself, whoever asks and however they spell it.
// Method: each forbidden statement is tried with the database's own shell, in a process of its own,
// on a store that the project wrote; afterwards the store is byte for byte what it was, row by row.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repository/store.h"
#include "support/child_process.h"
#include "support/shop.h"
#include "support/temporary_directory.h"

namespace dibs::repository {
namespace {

using domain::CouponId;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using testing::HasSubstr;

using namespace std::chrono_literals;

/// A store with two coupons, closed: coupon 1 has three live events (stocked 5, issued to alice,
/// issued to bob); of coupon 2 the first two events are folded (stocked 9, issued to alice) and one
/// is live (issued to bob).
class SqliteGuards : public testing::Test {
protected:
    SqliteGuards() {
        const auto store = must(open_store("sqlite:" + path_, {.role = "test", .call_at = {}}));
        test::RepositoryShop shop(store->coupons());
        const CouponId folded_not = shop.offer(a_coupon().with_stock(5));
        const CouponId folded = shop.offer(a_coupon().with_stock(9));
        shop.ask_together(folded_not, {Asking("alice"), Asking("bob")});
        shop.ask(folded, Asking("alice"));
        CompactionRepository& compactions = store->compactions();
        const auto run = must(compactions.claim(noon, CompactionTrigger::command, noon)).run;
        must(compactions.add_points(run, {{folded, Sequence{2}}}));
        const auto portion = must(compactions.next_portion(run, 100));
        must(compactions.replace(run, must(portion.events.reduce_to_cumulative()), 2));
        must(compactions.finish(run, noon));
        shop.ask(folded, Asking("bob"));
    }

    test::Finished run(const std::string& sql) {
        return test::run_program({"sqlite3", "-bail", path_, sql});
    }

    std::string dump() { return run(".dump").out; }

    void expect_refused(const std::string& sql, const std::string& reason) {
        const std::string before = dump();
        ASSERT_THAT(before, HasSubstr("coupon_inventory_history"));
        const test::Finished finished = run(sql);
        EXPECT_NE(finished.exit_code, 0) << sql;
        EXPECT_THAT(finished.err, HasSubstr(reason)) << sql;
        EXPECT_TRUE(dump() == before) << sql;
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
};

TEST_F(SqliteGuards, HistoryIsNeverUpdated) {
    const char* const immutable = "history is immutable";
    for (const char* sql :
         {"UPDATE coupon_inventory_history SET amount = 6 WHERE coupon_id = 1 AND sequence = 1",
          "UPDATE coupon_inventory_history SET reason = 'x'",
          "UPDATE OR REPLACE coupon_inventory_history SET sequence = 2"
          " WHERE coupon_id = 1 AND sequence = 1",
          "UPDATE OR IGNORE coupon_inventory_history SET created_at = 0"}) {
        expect_refused(sql, immutable);
    }
}

TEST_F(SqliteGuards, HistoryIsNeverDeleted) {
    for (const char* sql :
         {"DELETE FROM coupon_inventory_history",
          "DELETE FROM coupon_inventory_history WHERE coupon_id = 2 AND sequence = 1",
          "DELETE FROM coupon_inventory_history WHERE coupon_id = 1 AND sequence = 3"}) {
        expect_refused(sql, "history is kept for ever");
    }
}

std::string history_row(std::string_view values) {
    return fmt::format(
        "coupon_inventory_history (coupon_id, sequence, kind, amount, stock_after, issued_after,"
        " user_id, created_at) VALUES ({})",
        values);
}

TEST_F(SqliteGuards, HistoryGrowsAtItsHeadAndNowhereElse) {
    const char* const at_its_head = "history: not the next event of its coupon";
    for (const std::string& sql : {
             "INSERT INTO " + history_row("1, 3, 'issued', -1, 3, 2, 'mallory', 0"),
             "INSERT OR REPLACE INTO " + history_row("1, 3, 'issued', -1, 3, 2, 'mallory', 0"),
             "REPLACE INTO " + history_row("1, 1, 'stocked', 5, 5, 0, NULL, 0"),
             "INSERT INTO " + history_row("1, 2, 'issued', -1, 4, 1, 'mallory', 0") +
                 " ON CONFLICT DO UPDATE SET user_id = 'mallory'",
             "INSERT INTO " + history_row("1, 5, 'stocked', 1, 4, 2, NULL, 0"),
             "INSERT INTO " + history_row("3, 2, 'stocked', 1, 1, 0, NULL, 0"),
             "INSERT INTO " + history_row("1, 4, 'stocked', 1, 5, 2, NULL, 0"),
             "INSERT INTO " + history_row("1, 4, 'issued', -1, 2, 2, 'mallory', 0"),
             "INSERT INTO " + history_row("1, 4, 'stocked', 1, 4, 3, NULL, 0"),
             "INSERT INTO " + history_row("3, 1, 'stocked', 1, 1, 7, NULL, 0"),
         }) {
        expect_refused(sql, at_its_head);
    }
}

TEST_F(SqliteGuards, HistoryHoldsNoEventThatCannotBe) {
    for (const char* values : {
             "1, 4, 'adjusted', -4, -1, 2, NULL, 0",     // a stock below zero
             "1, 4, 'cumulative', 3, 6, 2, NULL, 0",     // only the live inventory has these
             "1, 4, 'stocked', -1, 2, 2, NULL, 0",       // stocked means more
             "1, 4, 'adjusted', 0, 3, 2, NULL, 0",       // nothing happened
             "1, 4, 'issued', -2, 1, 3, 'mallory', 0",   // one at a time
             "1, 4, 'returned', 2, 5, 2, 'mallory', 0",  // likewise
             "1, 4, 'issued', -1, 2, 3, NULL, 0",        // to nobody
             "1, 4, 'stocked', 1, 4, 2, 'mallory', 0",   // for somebody
         }) {
        expect_refused("INSERT INTO " + history_row(values), "CHECK constraint failed");
    }
    expect_refused("INSERT INTO " + history_row("1, 4, 'stocked', 'many', 4, 2, NULL, 0"),
                   "cannot store TEXT value in INTEGER column");
}

TEST_F(SqliteGuards, InventoryIsNeverUpdated) {
    for (const char* sql :
         {"UPDATE coupon_inventory SET amount = 6, stock_after = 6 WHERE coupon_id = 1",
          "UPDATE coupon_inventory SET created_at = 0",
          "UPDATE coupon_inventory SET kind = 'cumulative', is_cumulative = 1 WHERE coupon_id = 1",
          "UPDATE OR REPLACE coupon_inventory SET sequence = 2 WHERE coupon_id = 1"}) {
        expect_refused(sql, "inventory events are immutable");
    }
}

TEST_F(SqliteGuards, InventoryGoesOnlyWhenItWasFolded) {
    const char* const only_when_folded = "deleted only by the compaction that folded them";
    for (const char* sql : {
             "DELETE FROM coupon_inventory",
             "DELETE FROM coupon_inventory WHERE coupon_id = 1 AND sequence = 1",
             "DELETE FROM coupon_inventory WHERE coupon_id = 1 AND sequence = 3",
             "DELETE FROM coupon_inventory WHERE coupon_id = 2 AND sequence = 3",
             "DELETE FROM coupon_inventory WHERE coupon_id = 2 AND is_cumulative = 1",
         }) {
        expect_refused(sql, only_when_folded);
    }
}

std::string inventory_row(std::string_view values) {
    return fmt::format(
        "coupon_inventory (coupon_id, sequence, is_cumulative, kind, amount, stock_after,"
        " issued_after, user_id, created_at) VALUES ({})",
        values);
}

std::int64_t noon_microseconds() {
    return base::to_microseconds(noon);
}

TEST_F(SqliteGuards, InventoryHoldsNothingThatHistoryDoesNotHave) {
    const std::int64_t at = noon_microseconds();
    for (const std::string& values : {
             fmt::format("1, 4, 0, 'stocked', 1, 4, 2, NULL, {}", at),      // an event of its own
             fmt::format("3, 1, 0, 'stocked', 1, 1, 0, NULL, {}", at),      // a stream of its own
             fmt::format("1, 3, 1, 'cumulative', 4, 4, 2, NULL, {}", at),   // a wrong stock
             fmt::format("1, 3, 1, 'cumulative', 4, 3, 2, NULL, {}", at),   // a wrong sum
             fmt::format("1, 3, 1, 'cumulative', 3, 3, 1, NULL, {}", at),   // a wrong count
             fmt::format("1, 3, 1, 'cumulative', 3, 3, 2, 'bob', {}", at),  // a fold is nobody's
             fmt::format("1, 3, 1, 'cumulative', 3, 3, 2, NULL, {}", at + 1),  // a wrong time
         }) {
        expect_refused("INSERT INTO " + inventory_row(values), "inventory: history has no such");
        expect_refused("REPLACE INTO " + inventory_row(values), "inventory: history has no such");
    }
}

TEST_F(SqliteGuards, InventoryTellsOfAnEventWhatHistoryTells) {
    // History gets a next event by itself; the live one must then be the very same.
    const std::int64_t at = noon_microseconds();
    const std::string first =
        "BEGIN; INSERT INTO " +
        history_row(fmt::format("1, 4, 'issued', -1, 2, 3, 'carol', {}", at)) + "; ";
    for (const std::string& values :
         {fmt::format("1, 4, 0, 'adjusted', -1, 2, 3, 'carol', {}", at),
          fmt::format("1, 4, 0, 'issued', -1, 2, 3, 'mallory', {}", at),
          fmt::format("1, 4, 0, 'issued', -1, 2, 3, NULL, {}", at),
          fmt::format("1, 4, 0, 'issued', -1, 2, 3, 'carol', {}", at + 1)}) {
        expect_refused(first + "INSERT INTO " + inventory_row(values) + "; COMMIT",
                       "inventory: history has no such event");
    }
}

TEST_F(SqliteGuards, AnEventIsLiveOnce) {
    const std::int64_t at = noon_microseconds();
    for (const std::string& values : {
             fmt::format("1, 3, 0, 'issued', -1, 3, 2, 'bob', {}", at),    // there already
             fmt::format("1, 1, 0, 'stocked', 5, 5, 0, NULL, {}", at),     // there already
             fmt::format("2, 1, 0, 'stocked', 9, 9, 0, NULL, {}", at),     // folded
             fmt::format("2, 2, 0, 'issued', -1, 8, 1, 'alice', {}", at),  // folded
             fmt::format("2, 2, 1, 'cumulative', 8, 8, 1, NULL, {}", at),  // the fold itself
             fmt::format("1, 4, 1, 'cumulative', 3, 3, 2, NULL, {}", at),  // beyond the head
             fmt::format("2, 1, 1, 'cumulative', 9, 9, 0, NULL, {}", at),  // before the fold
         }) {
        expect_refused("INSERT INTO " + inventory_row(values), "an event takes its place once");
        expect_refused("REPLACE INTO " + inventory_row(values), "an event takes its place once");
        expect_refused("INSERT INTO " + inventory_row(values) +
                           " ON CONFLICT DO UPDATE SET amount = amount + 1",
                       "an event takes its place once");
    }
}

TEST_F(SqliteGuards, WhoHoldsWhatIsNeverChanged) {
    const char* const only_the_status = "only the status may change";
    for (const char* set :
         {"user_id = 'mallory'", "coupon_id = 2", "nth = 2", "sequence = 3", "rank = 7",
          "idempotency_key = 'k'", "registered_at = 0", "status = 'returned', rank = 7"}) {
        for (const char* update : {"UPDATE", "UPDATE OR REPLACE"}) {
            expect_refused(fmt::format("{} registered_coupon SET {}"
                                       " WHERE user_id = 'alice' AND coupon_id = 1",
                                       update, set),
                           only_the_status);
        }
    }
    expect_refused("DELETE FROM registered_coupon", "registered coupons are kept for ever");
    expect_refused("DELETE FROM registered_coupon WHERE user_id = 'alice'",
                   "registered coupons are kept for ever");
    expect_refused("UPDATE registered_coupon SET status = 'lost'", "CHECK constraint failed");
}

std::string registered_row(std::string_view values) {
    return fmt::format(
        "registered_coupon (user_id, coupon_id, nth, sequence, rank, registered_at, status)"
        " VALUES ({})",
        values);
}

TEST_F(SqliteGuards, OnlyWhatWasIssuedIsRegisteredAndOnlyOnce) {
    const char* const taken = "registered coupon: taken already, or history has no such issue";
    const std::int64_t at = noon_microseconds();
    for (const std::string& values : {
             fmt::format("'alice', 1, 1, 2, 1, {}, 'active'", at),    // hers already
             fmt::format("'alice', 1, 2, 2, 1, {}, 'active'", at),    // the same one twice
             fmt::format("'bob', 1, 1, 2, 1, {}, 'active'", at),      // somebody else's
             fmt::format("'mallory', 1, 1, 2, 1, {}, 'active'", at),  // likewise
             fmt::format("'alice', 1, 2, 1, 1, {}, 'active'", at),    // a `stocked` event
             fmt::format("'alice', 1, 2, 4, 3, {}, 'active'", at),    // no event
             fmt::format("'alice', 3, 1, 2, 1, {}, 'active'", at),    // no coupon
         }) {
        expect_refused("INSERT INTO " + registered_row(values), taken);
        expect_refused("REPLACE INTO " + registered_row(values), taken);
        expect_refused(
            "INSERT INTO " + registered_row(values) + " ON CONFLICT DO UPDATE SET rank = 9", taken);
    }
}

TEST_F(SqliteGuards, OfACouponOnlyTheAnnouncementMayChange) {
    for (const char* sql : {"UPDATE coupon SET id = 9 WHERE id = 1",
                            "UPDATE OR REPLACE coupon SET id = 2 WHERE id = 1",
                            "UPDATE coupon SET limit_per_user = 100 WHERE id = 1",
                            "UPDATE coupon SET created_at = 0 WHERE id = 1"}) {
        expect_refused(sql, "of a coupon only name, description and window may change");
    }
    expect_refused("UPDATE coupon SET starts_at = ends_at + 1", "CHECK constraint failed");
    expect_refused("DELETE FROM coupon", "coupons are kept for ever");
    const std::string row =
        "coupon (id, name, description, starts_at, ends_at, limit_per_user, created_at)"
        " VALUES (1, 'x', '', 0, 1, 100, 0)";
    expect_refused("INSERT INTO " + row, "coupon: taken already");
    expect_refused("REPLACE INTO " + row, "coupon: taken already");
    expect_refused("INSERT INTO " + row + " ON CONFLICT DO UPDATE SET limit_per_user = 100",
                   "coupon: taken already");
}

TEST_F(SqliteGuards, TermsThatWereInForceStayOnRecord) {
    expect_refused("UPDATE coupon_terms SET ends_at = 0", "terms that were in force are immutable");
    expect_refused("DELETE FROM coupon_terms", "terms that were in force are kept for ever");
    const auto version = [](int number, int after) {
        return fmt::format(
            "coupon_terms (coupon_id, version, after_sequence, name, description, starts_at,"
            " ends_at, limit_per_user, created_at) VALUES (1, {}, {}, 'x', '', 0, 1, 100, 0)",
            number, after);
    };
    const char* const at_their_head = "terms: not the next version of their coupon";
    expect_refused("INSERT INTO " + version(1, 3), at_their_head);
    expect_refused("REPLACE INTO " + version(1, 3), at_their_head);
    expect_refused("INSERT INTO " + version(3, 3), at_their_head);
    expect_refused("INSERT INTO " + version(2, 0), at_their_head);  // for what happened already
    expect_refused("INSERT INTO " + version(2, 2), at_their_head);
    expect_refused("INSERT INTO " + version(2, 4), at_their_head);  // from some later day on
}

TEST_F(SqliteGuards, OneRunIsUnderWayAtATime) {
    const std::string row =
        "INSERT INTO inventory_compaction (until, trigger, started_at) VALUES (0, 'command', 0)";
    expect_refused("BEGIN; " + row + "; " + row + "; COMMIT", "UNIQUE constraint failed");
}

// What is meant to work does.

TEST_F(SqliteGuards, AStatusMayChange) {
    EXPECT_EQ(run("UPDATE registered_coupon SET status = 'returned'"
                  " WHERE user_id = 'alice' AND coupon_id = 1")
                  .exit_code,
              0);
    EXPECT_EQ(
        run("SELECT status FROM registered_coupon WHERE user_id = 'alice' AND coupon_id = 1").out,
        "returned\n");
}

TEST_F(SqliteGuards, WhatIsFoldedRightlyMayGo) {
    const std::string fold =
        "INSERT INTO " +
        inventory_row(fmt::format("1, 2, 1, 'cumulative', 4, 4, 1, NULL, {}", noon_microseconds()));
    EXPECT_EQ(run("BEGIN; " + fold +
                  "; DELETE FROM coupon_inventory WHERE coupon_id = 1 AND (sequence < 2"
                  " OR sequence = 2 AND is_cumulative = 0); COMMIT")
                  .err,
              "");
    EXPECT_EQ(run("SELECT sequence, kind FROM coupon_inventory WHERE coupon_id = 1").out,
              "2|cumulative\n3|issued\n");
    expect_refused("DELETE FROM coupon_inventory WHERE coupon_id = 1 AND sequence = 3",
                   "deleted only by the compaction that folded them");
}

TEST_F(SqliteGuards, TheNextEventMayComeByHand) {
    const std::int64_t at = noon_microseconds();
    const std::string event = fmt::format("1, 4, 'issued', -1, 2, 3, 'carol', {}", at);
    const std::string live = fmt::format("1, 4, 0, 'issued', -1, 2, 3, 'carol', {}", at);
    const std::string registered = fmt::format("'carol', 1, 1, 4, 3, {}, 'active'", at);
    EXPECT_EQ(run("BEGIN; INSERT INTO " + history_row(event) + "; INSERT INTO " +
                  inventory_row(live) + "; INSERT INTO " + registered_row(registered) + "; COMMIT")
                  .err,
              "");
}

}  // namespace
}  // namespace dibs::repository
