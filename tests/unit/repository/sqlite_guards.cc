#include "unit/repository/sqlite_guards.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "repository/store.h"
#include "support/shop.h"

namespace dibs::repository {

using domain::CouponId;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using testing::HasSubstr;

SqliteGuards::SqliteGuards() {
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

test::Finished SqliteGuards::run(const std::string& sql) const {
    return test::run_program({"sqlite3", "-bail", path_, sql});
}

std::string SqliteGuards::dump() const {
    return run(".dump").out;
}

void SqliteGuards::expect_refused(const std::string& sql, const std::string& reason) const {
    const std::string before = dump();
    ASSERT_THAT(before, HasSubstr("coupon_inventory_history"));
    const test::Finished finished = run(sql);
    EXPECT_NE(finished.exit_code, 0) << sql;
    EXPECT_THAT(finished.err, HasSubstr(reason)) << sql;
    EXPECT_TRUE(dump() == before) << sql;
}

std::int64_t noon_microseconds() {
    return base::to_microseconds(noon);
}

std::string history_row(std::string_view values) {
    return fmt::format(
        "coupon_inventory_history (coupon_id, sequence, kind, amount, stock_after, issued_after,"
        " user_id, created_at) VALUES ({})",
        values);
}

std::string inventory_row(std::string_view values) {
    return fmt::format(
        "coupon_inventory (coupon_id, sequence, is_cumulative, kind, amount, stock_after,"
        " issued_after, user_id, created_at) VALUES ({})",
        values);
}

std::string registered_row(std::string_view values) {
    return fmt::format(
        "registered_coupon (user_id, coupon_id, nth, sequence, rank, registered_at, status)"
        " VALUES ({})",
        values);
}

}  // namespace dibs::repository
