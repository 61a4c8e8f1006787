// Goal: who holds what, what was announced and when it was in force can't be rewritten in the
// store. Method: each forbidden statement is tried with the database's own shell, in a process of
// its own; afterwards the store is what it was, row by row.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "unit/repository/sqlite_guards.h"

namespace dibs::repository {
namespace {

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

}  // namespace
}  // namespace dibs::repository
