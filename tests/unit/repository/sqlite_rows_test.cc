// Goal: a row that the domain has no word for is a failure that says where it is, never skipped and
// never taken for something else.
// Method: such rows are entered with the database's own shell, as far as the guards let them in,
// and read through every method that comes by.

#include "repository/sqlite_rows.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repository/store.h"
#include "support/listing.h"
#include "support/moments.h"
#include "support/printing.h"
#include "unit/repository/sqlite_guards.h"

namespace dibs::repository {
namespace {

using base::FailureKind;
using domain::CouponId;
using domain::Sequence;
using test::kind_of;
using test::must;
using test::noon;
using testing::HasSubstr;

class SqliteRows : public SqliteGuards {
protected:
    /// Issues coupon 1 once more, by hand.
    void issue_by_hand(const std::string& user, const std::string& key) {
        const std::int64_t at = noon_microseconds();
        const test::Finished finished = run(
            "BEGIN; INSERT INTO " +
            history_row(fmt::format("1, 4, 'issued', -1, 2, 3, '{}', {}", user, at)) +
            "; INSERT INTO " +
            inventory_row(fmt::format("1, 4, 0, 'issued', -1, 2, 3, '{}', {}", user, at)) +
            "; INSERT INTO " +
            registered_row(fmt::format("'{}', 1, 1, 4, 3, {}, 'active'", user, at)) + "; COMMIT");
        ASSERT_EQ(finished.err, "");
        if (key != "none") {
            // Only an insert sets a key, so this row is written anew where the guard can't see it.
            const test::Finished keyed =
                run("DROP TRIGGER registered_coupon_keeps_all_but_its_status;"
                    "UPDATE registered_coupon SET idempotency_key = '" +
                    key + "' WHERE sequence = 4");
            ASSERT_EQ(keyed.err, "");
        }
    }

    std::unique_ptr<Store> open() {
        return must(open_store(url(), {.role = "test", .call_at = {}}));
    }
};

TEST_F(SqliteRows, AUserThatIsNoneIsCorruptedAndNotSkipped) {
    issue_by_hand("käthe", "none");
    const auto store = open();
    CouponRepository& coupons = store->coupons();
    const auto history = coupons.history(CouponId{1}, noon, noon, Sequence{0}, 10);
    ASSERT_FALSE(history);
    EXPECT_EQ(history.failure().kind, FailureKind::corrupted);
    EXPECT_THAT(history.failure().what, HasSubstr("coupon 1 at sequence 4: column user_id"));
    EXPECT_EQ(kind_of(coupons.live_events(CouponId{1}, Sequence{0}, 10)), FailureKind::corrupted);
    EXPECT_EQ(kind_of(coupons.registrations(CouponId{1}, Sequence{0}, 10)), FailureKind::corrupted);
    EXPECT_EQ(kind_of(coupons.take_back({CouponId{1}, Sequence{4}}, "", noon)),
              FailureKind::corrupted);
}

TEST_F(SqliteRows, AnIssueToNobodyIsCorrupted) {
    issue_by_hand("dora", "none");
    const test::Finished damaged =
        run("DROP TRIGGER coupon_inventory_history_is_never_updated;"
            "PRAGMA ignore_check_constraints = ON;"
            "UPDATE coupon_inventory_history SET user_id = NULL WHERE sequence = 4");
    ASSERT_EQ(damaged.err, "");
    const auto history = open()->coupons().history(CouponId{1}, noon, noon, Sequence{0}, 10);
    ASSERT_FALSE(history);
    EXPECT_EQ(history.failure().kind, FailureKind::corrupted);
    EXPECT_THAT(history.failure().what, HasSubstr("coupon 1 at sequence 4: column user_id"));
}

TEST_F(SqliteRows, WhatStandsBeforeABadRowIsStillReadPageByPage) {
    issue_by_hand("käthe", "none");
    const auto store = open();
    EXPECT_EQ(must(store->coupons().live_events(CouponId{1}, Sequence{0}, 3)).rows.size(), 3U);
    EXPECT_TRUE(store->coupons().find(CouponId{1})) << "the head needs no user";
    EXPECT_EQ(must(store->coupons().history(CouponId{2}, noon, noon, Sequence{0}, 10)).rows.size(),
              3U)
        << "nor is another coupon concerned";
}

TEST_F(SqliteRows, AKeyThatIsNoneIsCorrupted) {
    issue_by_hand("carol", "");
    const auto store = open();
    const domain::UserId carol = test::user("carol");
    EXPECT_EQ(kind_of(test::list_registered(store->coupons(), carol, std::nullopt, 10)),
              FailureKind::corrupted);
    const auto books = must(store->coupons().open_books());
    EXPECT_EQ(kind_of(books->open(CouponId{1}, std::vector{&carol})), FailureKind::corrupted);
}

TEST_F(SqliteRows, ABadRowIsNoMatterForThoseWhoAreListedWithItsUser) {
    issue_by_hand("carol", "");
    const std::vector<ListingQuery> queries{{test::user("alice"), std::nullopt, 10},
                                            {test::user("carol"), std::nullopt, 10},
                                            {test::user("bob"), std::nullopt, 10}};
    const auto listings = open()->coupons().list_registered(queries);
    EXPECT_TRUE(listings[0]);
    EXPECT_EQ(kind_of(listings[1]), FailureKind::corrupted);
    EXPECT_TRUE(listings[2]);
}

TEST_F(SqliteRows, AnAuditMeetsTheBadRowAndSaysSo) {
    issue_by_hand("käthe", "none");
    const auto snapshot = must(open_store_for_audit(url()));
    const auto history = must(snapshot->history());
    for (int good = 0; good < 3; ++good) EXPECT_TRUE(must(history->next()).has_value());
    EXPECT_EQ(kind_of(history->next()), FailureKind::corrupted);
}

TEST(CompactionTrigger, IsReadByTheNameThatItIsWrittenWith) {
    for (const auto trigger : {CompactionTrigger::scheduler, CompactionTrigger::catch_up,
                               CompactionTrigger::operators, CompactionTrigger::command}) {
        EXPECT_EQ(parse_compaction_trigger(name_of(trigger)), trigger);
    }
    EXPECT_EQ(name_of(CompactionTrigger::catch_up), "catch-up");
    for (const char* name : {"", "Scheduler", "catch_up", "unknown"}) {
        EXPECT_FALSE(parse_compaction_trigger(name).has_value()) << name;
    }
}

}  // namespace
}  // namespace dibs::repository
