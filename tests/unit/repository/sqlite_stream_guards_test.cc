// Goal: history and inventory are refused every change by the store itself, whoever asks and
// however they spell it. Method: each forbidden statement is tried with the database's own shell,
// in a process of its own; afterwards the store is what it was, row by row.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "unit/repository/sqlite_guards.h"

namespace dibs::repository {
namespace {

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

// What is meant to work does.

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
