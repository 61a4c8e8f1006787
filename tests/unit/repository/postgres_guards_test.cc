// Goal: a PostgreSQL store refuses every change of what is immutable, whoever asks: its owner, a
// superuser and the database's own shell included. Method: each forbidden statement is tried with
// psql as the superuser; afterwards the store is what it was, row by row.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repository/store.h"
#include "support/child_process.h"
#include "support/postgres_server.h"
#include "support/shop.h"

namespace dibs::repository {
namespace {

using domain::CouponId;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using testing::HasSubstr;

/// Coupon 1 has three live events (stocked 5, issued to alice, issued to bob); of coupon 2 the
/// first two events are folded (stocked 9, issued to alice) and one is live (issued to bob).
class PostgresGuards : public testing::Test {
protected:
    PostgresGuards() : url_(test::PostgresServer::shared().fresh_database()) {
        const auto store =
            must(open_store(url_, {.role = "test", .call_at = {}}, {.allows_fsync_off = true}));
        test::RepositoryShop shop(store->coupons());
        const CouponId folded_not = shop.offer(a_coupon().with_stock(5));
        const CouponId folded = shop.offer(a_coupon().with_stock(9));
        shop.ask_together(folded_not, {Asking("alice"), Asking("bob")});
        shop.ask(folded, Asking("alice"));
        CompactionRepository& compactions = store->compactions();
        const auto run = must(compactions.claim(noon, CompactionTrigger::command, noon)).run;
        must(compactions.lead(run));
        must(compactions.add_points(run, {{folded, Sequence{2}}}));
        const auto portion = must(compactions.next_portion(run, 100));
        must(compactions.replace(run, must(portion.events.reduce_to_cumulative()), 2));
        must(compactions.finish(run, noon));
        shop.ask(folded, Asking("bob"));
    }

    [[nodiscard]] test::Finished run(const std::string& sql) const {
        return test::run_program(
            {"psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", sql, url_});
    }

    /// All that is kept, row by row.
    [[nodiscard]] std::string dump() const {
        return run("SELECT row_to_json(t)::text FROM coupon AS t UNION ALL"
                   " SELECT row_to_json(t)::text FROM coupon_terms AS t UNION ALL"
                   " SELECT row_to_json(t)::text FROM coupon_inventory_history AS t UNION ALL"
                   " SELECT row_to_json(t)::text FROM coupon_inventory AS t UNION ALL"
                   " SELECT row_to_json(t)::text FROM registered_coupon AS t UNION ALL"
                   " SELECT row_to_json(t)::text FROM inventory_compaction AS t ORDER BY 1")
            .out;
    }

    void expect_refused(const std::string& sql, const std::string& reason) {
        if (before_.empty()) before_ = dump();
        ASSERT_THAT(before_, HasSubstr("alice"));
        const test::Finished finished = run(sql);
        EXPECT_NE(finished.exit_code, 0) << sql;
        EXPECT_THAT(finished.err, HasSubstr(reason)) << sql;
        EXPECT_TRUE(dump() == before_) << sql;
    }

private:
    const std::string url_;
    std::string before_;
};

std::string history_row(std::string_view values) {
    return fmt::format(
        "INSERT INTO coupon_inventory_history (coupon_id, sequence, kind, amount, stock_after,"
        " issued_after, user_id, created_at) VALUES ({})",
        values);
}

std::string inventory_row(std::string_view values) {
    return fmt::format(
        "INSERT INTO coupon_inventory (coupon_id, sequence, is_cumulative, kind, amount,"
        " stock_after, issued_after, user_id, created_at) VALUES ({})",
        values);
}

std::string registered_row(std::string_view values) {
    return fmt::format(
        "INSERT INTO registered_coupon (user_id, coupon_id, nth, sequence, rank, registered_at,"
        " status) VALUES ({})",
        values);
}

TEST_F(PostgresGuards, HistoryIsNeitherUpdatedNorDeleted) {
    for (const char* sql :
         {"UPDATE coupon_inventory_history SET amount = 6 WHERE coupon_id = 1 AND sequence = 1",
          "UPDATE coupon_inventory_history SET reason = 'x'",
          "DELETE FROM coupon_inventory_history",
          "DELETE FROM coupon_inventory_history WHERE coupon_id = 1 AND sequence = 3",
          "TRUNCATE coupon_inventory_history"}) {
        expect_refused(sql, "history is immutable and kept for ever");
    }
}

TEST_F(PostgresGuards, HistoryGrowsAtItsHeadAndNowhereElse) {
    const char* const at_its_head = "history: not the next event of its coupon";
    for (const char* values : {
             "1, 5, 'stocked', 1, 4, 2, NULL, 0",       // a gap
             "3, 2, 'stocked', 1, 1, 0, NULL, 0",       // no beginning
             "1, 4, 'stocked', 1, 5, 2, NULL, 0",       // a stock that does not follow
             "1, 4, 'issued', -1, 2, 2, 'mallory', 0",  // a rank that does not follow
             "1, 4, 'stocked', 1, 4, 3, NULL, 0",       // likewise
             "3, 1, 'stocked', 1, 1, 7, NULL, 0",       // a stream that begins in the middle
             "1, 4, 'stocked', 1, 4, 2, NULL, 0), (1, 6, 'stocked', 1, 5, 2, NULL, 0",  // half
                                                                                        // right
         }) {
        expect_refused(history_row(values), at_its_head);
    }
    for (const char* values :
         {"1, 3, 'issued', -1, 3, 2, 'mallory', 0", "1, 1, 'stocked', 5, 5, 0, NULL, 0"}) {
        expect_refused(history_row(values), "duplicate key value");
        expect_refused(history_row(values) +
                           " ON CONFLICT (coupon_id, sequence) DO UPDATE SET user_id = 'mallory'",
                       "history is immutable");
    }
}

TEST_F(PostgresGuards, HistoryHoldsNoEventThatCannotBe) {
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
        expect_refused(history_row(values), "violates check constraint");
    }
}

TEST_F(PostgresGuards, InventoryIsNeverUpdatedNorEmptied) {
    for (const char* sql :
         {"UPDATE coupon_inventory SET amount = 6, stock_after = 6 WHERE coupon_id = 1",
          "UPDATE coupon_inventory SET created_at = 0", "TRUNCATE coupon_inventory"}) {
        expect_refused(sql, "inventory events are immutable");
    }
}

TEST_F(PostgresGuards, InventoryGoesOnlyWhenItWasFolded) {
    for (const char* sql : {
             "DELETE FROM coupon_inventory",
             "DELETE FROM coupon_inventory WHERE coupon_id = 1 AND sequence = 1",
             "DELETE FROM coupon_inventory WHERE coupon_id = 1 AND sequence = 3",
             "DELETE FROM coupon_inventory WHERE coupon_id = 2 AND sequence = 3",
             "DELETE FROM coupon_inventory WHERE coupon_id = 2 AND is_cumulative",
         }) {
        expect_refused(sql, "deleted only by the compaction that folded them");
    }
}

TEST_F(PostgresGuards, InventoryHoldsWhatHistoryHoldsAndOnce) {
    const std::int64_t at = base::to_microseconds(noon);
    for (const std::string& values : {
             fmt::format("1, 4, false, 'issued', -1, 2, 3, 'mallory', {}", at),
             fmt::format("2, 3, true, 'cumulative', 9, 9, 2, NULL, {}", at),
             fmt::format("1, 3, true, 'cumulative', 4, 4, 2, NULL, {}", at),
         }) {
        expect_refused(inventory_row(values), "history has no such event");
    }
    // Folded already: alice's of coupon 2 would count twice.
    expect_refused(inventory_row(fmt::format("2, 2, false, 'issued', -1, 8, 1, 'alice', {}", at)),
                   "an event takes its place once");
    expect_refused(inventory_row(fmt::format("2, 1, true, 'cumulative', 9, 9, 0, NULL, {}", at)),
                   "an event takes its place once");
}

TEST_F(PostgresGuards, WhoHoldsWhatIsNeverChanged) {
    for (const char* set :
         {"user_id = 'mallory'", "coupon_id = 2", "nth = 2", "sequence = 3", "rank = 7",
          "idempotency_key = 'k'", "registered_at = 0", "status = 'returned', rank = 7"}) {
        expect_refused(fmt::format("UPDATE registered_coupon SET {}"
                                   " WHERE user_id = 'alice' AND coupon_id = 1",
                                   set),
                       "only the status may change");
    }
    for (const char* sql : {"DELETE FROM registered_coupon", "TRUNCATE registered_coupon",
                            "DELETE FROM registered_coupon WHERE user_id = 'alice'"}) {
        expect_refused(sql, "registered coupons are kept for ever");
    }
    expect_refused("UPDATE registered_coupon SET status = 'lost'", "violates check constraint");
}

TEST_F(PostgresGuards, OnlyWhatWasIssuedIsRegisteredAndOnlyOnce) {
    const std::int64_t at = base::to_microseconds(noon);
    for (const std::string& values : {
             fmt::format("'alice', 1, 2, 2, 1, {}, 'active'", at),    // the same one twice
             fmt::format("'mallory', 1, 1, 2, 1, {}, 'active'", at),  // somebody else's
             fmt::format("'alice', 1, 2, 1, 1, {}, 'active'", at),    // a `stocked` event
             fmt::format("'alice', 1, 2, 4, 3, {}, 'active'", at),    // no event
             fmt::format("'alice', 3, 1, 2, 1, {}, 'active'", at),    // no coupon
         }) {
        expect_refused(registered_row(values), "taken already, or history has no such issue");
    }
    expect_refused(registered_row(fmt::format("'alice', 1, 1, 2, 1, {}, 'active'", at)),
                   "duplicate key value");
}

TEST_F(PostgresGuards, OfACouponOnlyTheAnnouncementMayChange) {
    for (const char* sql : {"UPDATE coupon SET id = 9 WHERE id = 1",
                            "UPDATE coupon SET limit_per_user = 100 WHERE id = 1",
                            "UPDATE coupon SET created_at = 0 WHERE id = 1"}) {
        expect_refused(sql, "of a coupon only name, description and window may change");
    }
    expect_refused("UPDATE coupon SET starts_at = ends_at + 1", "violates check constraint");
    expect_refused("DELETE FROM coupon", "coupons are kept for ever");
    expect_refused("TRUNCATE coupon", "coupons are kept for ever");
    for (const char* sql : {"UPDATE coupon_terms SET ends_at = 0", "DELETE FROM coupon_terms",
                            "TRUNCATE coupon_terms"}) {
        expect_refused(sql, "terms that were in force are immutable");
    }
    const auto version = [](int number, int after) {
        return fmt::format(
            "INSERT INTO coupon_terms (coupon_id, version, after_sequence, name, description,"
            " starts_at, ends_at, limit_per_user, created_at)"
            " VALUES (1, {}, {}, 'x', '', 0, 1, 100, 0)",
            number, after);
    };
    for (const auto& [number, after] : {std::pair(3, 3), std::pair(2, 0), std::pair(2, 4)}) {
        expect_refused(version(number, after), "terms: not the next version of their coupon");
    }
}

TEST_F(PostgresGuards, OneRunIsUnderWayAtATime) {
    const std::string row =
        "INSERT INTO inventory_compaction (run, until, trigger, started_at, under_way)"
        " VALUES (7, 0, 'command', 0, true), (8, 0, 'command', 0, true)";
    expect_refused(row, "duplicate key value");
}

// What is meant to work does.

TEST_F(PostgresGuards, WhatIsFoldedRightlyMayGoAndAStatusMayChange) {
    const std::int64_t at = base::to_microseconds(noon);
    EXPECT_EQ(run("BEGIN; " +
                  inventory_row(fmt::format("1, 2, true, 'cumulative', 4, 4, 1, NULL, {}", at)) +
                  "; DELETE FROM coupon_inventory WHERE coupon_id = 1 AND (sequence < 2"
                  " OR sequence = 2 AND NOT is_cumulative); COMMIT")
                  .err,
              "");
    EXPECT_EQ(run("SELECT sequence, kind FROM coupon_inventory WHERE coupon_id = 1 ORDER BY 1").out,
              "2|cumulative\n3|issued\n");
    EXPECT_EQ(run("UPDATE registered_coupon SET status = 'returned'"
                  " WHERE user_id = 'alice' AND coupon_id = 1")
                  .err,
              "");
}

}  // namespace
}  // namespace dibs::repository
