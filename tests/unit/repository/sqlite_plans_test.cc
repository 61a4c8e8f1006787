// Goal: what is done for each request costs the same however long the books are: every statement
// goes down a tree by its key, none walks a table, none sorts.
// Method: hear the statements that the store really runs, and ask SQLite how it would go about
// each; the same with the condition of every trigger.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "database/sqlite_connection.h"
#include "repository/store.h"
#include "support/listing.h"
#include "support/printing.h"
#include "support/shop.h"
#include "support/sqlite_observer.h"
#include "support/temporary_directory.h"

namespace dibs::repository {
namespace {

using database::SqliteConnection;
using domain::CouponId;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using test::user;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

using namespace std::chrono_literals;

class SqlitePlans : public testing::Test {
protected:
    SqlitePlans() {
        ask(id_, "alice");
        must(store_->coupons().find(id_));
        static_cast<void>(observer_.take_heard());
    }

    void ask(CouponId id, const char* name) {
        test::RepositoryShop(store_->coupons()).ask(id, Asking(name));
    }

    /// What was run since the last call: each statement once, without BEGIN, COMMIT and the like.
    std::set<std::string> statements() {
        std::set<std::string> found;
        for (const std::string& statement : observer_.take_heard()) {
            static const std::regex has_a_plan("(SELECT|INSERT|UPDATE|DELETE)[^]*");
            if (std::regex_match(statement, has_a_plan)) found.insert(statement);
        }
        return found;
    }

    /// The steps in which SQLite would run a statement.
    std::vector<std::string> plan_of(const std::string& statement) {
        auto explained = must(plans_.prepare("EXPLAIN QUERY PLAN " + statement));
        std::vector<std::string> steps;
        while (must(explained.step())) steps.emplace_back(explained.text(3));
        return steps;
    }

    void expect_by_key(const std::string& statement) {
        for (const std::string& step : plan_of(statement)) {
            // A statement without a table has one constant row to go through.
            if (step == "SCAN CONSTANT ROW") continue;
            EXPECT_FALSE(step.starts_with("SCAN")) << step << " in: " << statement;
            EXPECT_THAT(step, testing::Not(HasSubstr("TEMP B-TREE"))) << statement;
        }
    }

    /// The one statement heard that contains `part`.
    std::string only_with(const std::set<std::string>& statements, const std::string& part) {
        std::vector<std::string> found;
        for (const std::string& statement : statements) {
            if (statement.find(part) != std::string::npos) found.push_back(statement);
        }
        EXPECT_EQ(found.size(), 1U) << part;
        return found.empty() ? "SELECT 1" : found.front();
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
    test::SqliteObserver observer_;
    std::unique_ptr<Store> store_ =
        must(open_store("sqlite:" + path_, {.role = "test", .call_at = {}}));
    CouponId id_ =
        test::RepositoryShop(store_->coupons()).offer(a_coupon().limit(9).with_stock(100));
    SqliteConnection plans_ =
        must(SqliteConnection::open(path_, SqliteConnection::Mode::read_only));
};

TEST_F(SqlitePlans, IssuingGoesByKeysAlone) {
    ask(id_, "bob");
    const auto heard = statements();
    EXPECT_EQ(heard.size(), 5U) << "the coupon at its head, held, and three rows";
    for (const std::string& statement : heard) expect_by_key(statement);

    EXPECT_THAT(plan_of(only_with(heard, "FROM coupon AS c")),
                ElementsAre("SEARCH c USING INTEGER PRIMARY KEY (rowid=?)",
                            "SEARCH i USING PRIMARY KEY (coupon_id=?) LEFT-JOIN"))
        << "its first row has the newest event without sorting, so that LIMIT 1 reads one";
    EXPECT_THAT(
        plan_of(only_with(heard, "FROM registered_coupon")),
        ElementsAre("SEARCH registered_coupon USING PRIMARY KEY (user_id=? AND coupon_id=?)"));
}

TEST_F(SqlitePlans, AGroupOfAnySizeReadsTheHeadOnce) {
    test::RepositoryShop(store_->coupons())
        .ask_together(id_, {Asking("a"), Asking("b"), Asking("c")});
    const auto heard = observer_.take_heard();
    const auto count_of = [&](const char* part) {
        return std::ranges::count_if(heard, [&](const std::string& statement) {
            return statement.find(part) != std::string::npos;
        });
    };
    EXPECT_EQ(count_of("FROM coupon AS c"), 1);
    EXPECT_EQ(count_of("FROM registered_coupon"), 3);
    EXPECT_EQ(count_of("INSERT"), 9);
    EXPECT_EQ(count_of("COMMIT"), 1);
    EXPECT_EQ(heard.size(), 1U + 1 + 3 + 9 + 1);
}

TEST_F(SqlitePlans, LookingAtOneThingGoesByKeysAlone) {
    must(store_->coupons().find(id_));
    must(store_->coupons().find_registered(user("alice"), {id_, Sequence{2}}));
    must(store_->coupons().terms_at(id_, Sequence{2}));
    must(store_->coupons().balance_at(id_, noon));
    for (const std::string& statement : statements()) expect_by_key(statement);
}

TEST_F(SqlitePlans, ListingByAPlaceGoesByKeysAlone) {
    must(store_->coupons().list_open(noon, std::nullopt, 10));
    must(store_->coupons().live_events(id_, Sequence{1}, 10));
    must(store_->coupons().history(id_, noon, noon, Sequence{1}, 10));
    must(store_->coupons().registrations(id_, Sequence{1}, 10));
    const auto heard = statements();
    EXPECT_EQ(heard.size(), 4U);
    for (const std::string& statement : heard) expect_by_key(statement);
    EXPECT_THAT(plan_of(only_with(heard, "starts_at, c.id) >")),
                Contains(HasSubstr("SEARCH c USING INDEX coupon_by_opening")));
}

TEST_F(SqlitePlans, AUsersListingReadsThatUserAlone) {
    must(test::list_registered(store_->coupons(), user("alice"), std::nullopt, 10));
    const auto heard = statements();
    EXPECT_EQ(heard.size(), 2U);
    const auto plan = plan_of(only_with(heard, "FROM registered_coupon"));
    EXPECT_THAT(plan, Contains("SEARCH registered_coupon USING PRIMARY KEY (user_id=?)"));
    EXPECT_THAT(plan, testing::Not(Contains(testing::StartsWith("SCAN"))));
    expect_by_key(only_with(heard, "FROM coupon"));
}

TEST_F(SqlitePlans, OperatorsWritesGoByKeysAlone) {
    must(store_->coupons().create(a_coupon().with_stock(1).create(), noon));
    must(store_->coupons().patch(
        id_, {}, [](const domain::CouponTerms&) { return base::Result<void>(); }, noon));
    must(store_->coupons().change_stock(id_, domain::InventoryKind::stocked, 1, "", noon));
    must(store_->coupons().take_back({id_, Sequence{2}}, "", noon));
    for (const std::string& statement : statements()) expect_by_key(statement);
}

TEST_F(SqlitePlans, FoldingGoesAlongTheKeyOfOneStream) {
    CompactionRepository& compactions = store_->compactions();
    const auto run = must(compactions.claim(noon + 1h, CompactionTrigger::command, noon)).run;
    must(compactions.add_points(run, must(compactions.find_points(noon + 1h, CouponId{0}, 10))));
    static_cast<void>(observer_.take_heard());
    const auto portion = must(compactions.next_portion(run, 10));
    must(
        compactions.replace(run, must(portion.events.reduce_to_cumulative()), portion.event_count));
    const auto heard = statements();
    for (const std::string& statement : heard) expect_by_key(statement);
    EXPECT_THAT(plan_of(only_with(heard, "DELETE FROM coupon_inventory ")),
                ElementsAre("SEARCH coupon_inventory USING PRIMARY KEY"
                            " (coupon_id=? AND sequence<?)"));
}

// The guards run once per row that is written.

TEST_F(SqlitePlans, EveryGuardGoesByKeysAlone) {
    auto triggers =
        must(plans_.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"));
    int looked_at = 0;
    while (must(triggers.step())) {
        const std::string sql(triggers.text(1));
        static const std::regex condition("WHEN\\b([^]*)\\bBEGIN\\b");
        static const std::regex row_value("\\b(NEW|OLD)\\.[a-z_]+");
        std::smatch found;
        if (!std::regex_search(sql, found, condition)) continue;
        expect_by_key("SELECT 1 WHERE " + std::regex_replace(found.str(1), row_value, "?"));
        ++looked_at;
    }
    EXPECT_GE(looked_at, 8);
}

TEST_F(SqlitePlans, TheGuardOnDeletesLooksAtCumulativeEventsAlone) {
    const auto plan = plan_of(
        "SELECT 1 FROM coupon_inventory WHERE coupon_id = ? AND is_cumulative = 1"
        " AND sequence >= ? + ?");
    EXPECT_THAT(plan, ElementsAre("SEARCH coupon_inventory USING COVERING INDEX"
                                  " coupon_inventory_by_cumulative (coupon_id=? AND sequence>?)"));
    const std::string trigger = must(plans_.read_text(
        "SELECT sql FROM sqlite_schema WHERE name = 'coupon_inventory_goes_only_when_folded'"));
    EXPECT_THAT(trigger, HasSubstr("WHERE coupon_id = OLD.coupon_id AND is_cumulative = 1"));
    EXPECT_THAT(trigger, HasSubstr("AND sequence >= OLD.sequence + OLD.is_cumulative"));
}

}  // namespace
}  // namespace dibs::repository
