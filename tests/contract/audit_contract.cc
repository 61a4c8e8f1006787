// Goal: an audit sees all that is kept, as it was at one moment, and keeps nobody from writing; and
// a store tells of itself what is so.
// Method: read a snapshot's cursors before, between and after writes, and the facts around them.

#include <gmock/gmock.h>

#include "contract/suites.h"

namespace dibs::contract {
namespace {

using domain::CouponId;
using domain::CouponInventory;
using domain::InventoryKind;
using domain::RegisteredCoupon;
using domain::Sequence;
using repository::AuditSnapshot;
using repository::Cursor;
using repository::StoreFacts;
using repository::TermsInForce;
using test::a_coupon;
using test::Asking;
using test::must;
using test::noon;
using testing::ElementsAre;

using namespace std::chrono_literals;

template <typename Row>
std::vector<Row> read_all(std::unique_ptr<Cursor<Row>> cursor) {
    std::vector<Row> rows;
    while (auto row = must(cursor->next())) rows.push_back(*std::move(row));
    EXPECT_FALSE(must(cursor->next()).has_value()) << "nothing comes after the last";
    return rows;
}

/// All that a snapshot shows.
struct Everything {
    std::vector<CouponInventory> live;
    std::vector<CouponInventory> history;
    std::vector<RegisteredCoupon> registrations;
    std::size_t terms_count = 0;
    bool operator==(const Everything&) const = default;
};

Everything everything_of(AuditSnapshot& snapshot) {
    return {read_all(must(snapshot.live_events())), read_all(must(snapshot.history())),
            read_all(must(snapshot.registrations())), read_all(must(snapshot.terms())).size()};
}

void rename(repository::CouponRepository& coupons, CouponId id, const char* name) {
    domain::CouponPatch patch;
    patch.name = name;
    must(coupons.patch(
        id, patch, [](const domain::CouponTerms&) { return base::Result<void>(); }, noon));
}

TEST_P(AuditContract, ASnapshotOfAnEmptyStoreIsEmpty) {
    EXPECT_EQ(everything_of(*must(store().open_snapshot())), Everything{});
}

TEST_P(AuditContract, ASnapshotShowsEverythingInOrder) {
    const CouponId tea = offer(a_coupon().named("Tea").limit(2).with_stock(9));
    const CouponId cake = offer(a_coupon().named("Cake").with_stock(9));
    ask_together(cake, {Asking("bob"), Asking("alice")});
    ask_together(tea, {Asking("carol"), Asking("alice"), Asking("carol")});
    compact(compactions(), noon + 1s);
    ask(tea, Asking("bob"));

    const auto snapshot = must(store().open_snapshot());
    const Everything everything = everything_of(*snapshot);
    auto live = live_events_of(tea);
    ASSERT_EQ(live.size(), 2U);
    const auto live_of_cake = live_events_of(cake);
    live.insert(live.end(), live_of_cake.begin(), live_of_cake.end());
    EXPECT_EQ(everything.live, live);
    auto history = history_of(tea);
    const auto history_of_cake = history_of(cake);
    history.insert(history.end(), history_of_cake.begin(), history_of_cake.end());
    EXPECT_EQ(everything.history, history);
    auto registrations = registrations_of(tea);
    const auto of_cake = registrations_of(cake);
    registrations.insert(registrations.end(), of_cake.begin(), of_cake.end());
    EXPECT_EQ(everything.registrations, registrations);

    std::vector<std::string> by_user;
    for (const auto& row : read_all(must(snapshot->registrations_by_user()))) {
        by_user.push_back(row.user_id.text() + " " + std::to_string(row.coupon_id.value));
    }
    const std::string of_tea = " " + std::to_string(tea.value);
    const std::string of_the_cake = " " + std::to_string(cake.value);
    EXPECT_THAT(by_user, ElementsAre("alice" + of_tea, "alice" + of_the_cake, "bob" + of_tea,
                                     "bob" + of_the_cake, "carol" + of_tea, "carol" + of_tea));
}

TEST_P(AuditContract, ASnapshotShowsEveryVersionOfTheTermsAndWhereItCameIntoForce) {
    const CouponId tea = offer(a_coupon().named("Tea").with_stock(9));
    const CouponId cake = offer(a_coupon().named("Cake"));
    rename(coupons(), tea, "Green tea");
    ask(tea, Asking("alice"));
    rename(coupons(), tea, "Black tea");
    rename(coupons(), tea, "White tea");

    std::vector<std::tuple<CouponId, std::string, Sequence>> versions;
    for (const TermsInForce& row : read_all(must(must(store().open_snapshot())->terms()))) {
        versions.emplace_back(row.terms.id, row.terms.name, row.after);
    }
    EXPECT_THAT(versions, ElementsAre(std::tuple(tea, "Tea", Sequence{0}),
                                      std::tuple(tea, "Green tea", Sequence{1}),
                                      std::tuple(tea, "Black tea", Sequence{2}),
                                      std::tuple(tea, "White tea", Sequence{2}),
                                      std::tuple(cake, "Cake", Sequence{0})));
}

TEST_P(AuditContract, ASnapshotStaysAtItsMomentWhileTheStoreGoesOn) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask(id, Asking("alice"));
    const auto snapshot = must(store().open_snapshot());
    // A cursor that is half way through must not notice either.
    const auto half_way = must(snapshot->history());
    EXPECT_TRUE(must(half_way->next()).has_value());
    const Everything before = everything_of(*snapshot);

    ask(id, Asking("bob"));
    must(coupons().take_back({id, Sequence{2}}, "", noon));
    rename(coupons(), id, "Green tea");
    must(coupons().change_stock(id, InventoryKind::adjusted, -1, "", noon));
    compact(compactions(), noon + 1s);
    must(store().tidy(false));
    const CouponId newer = offer(a_coupon().with_stock(1));

    EXPECT_EQ(everything_of(*snapshot), before);
    EXPECT_EQ(must(half_way->next()).value().sequence, Sequence{2});
    EXPECT_FALSE(must(half_way->next()).has_value());
    const Everything after = everything_of(*must(store().open_snapshot()));
    EXPECT_EQ(after.history.size(), 6U) << "with the event of " << newer.value;
    EXPECT_EQ(after.live.size(), 2U);
}

TEST_P(AuditContract, AnAuditNeedsNoOwnerAndWorksBesideOne) {
    const CouponId id = offer(a_coupon().with_stock(9));
    ask(id, Asking("alice"));
    const auto beside = must(repository::open_store_for_audit(place().url()));
    EXPECT_EQ(everything_of(*beside).history, history_of(id));
    ask(id, Asking("bob"));
    EXPECT_EQ(everything_of(*beside).history.size(), 2U);
    EXPECT_EQ(everything_of(*must(repository::open_store_for_audit(place().url()))).history,
              history_of(id));
}

// The store itself.

TEST_P(AuditContract, AStoreThatWasJustOpenedIsInOrder) {
    EXPECT_TRUE(store().check());
    EXPECT_GT(store().facts().schema_number, 0);
    EXPECT_GT(store().facts().size_bytes, 0U);
    reopen();
    EXPECT_TRUE(store().check());
}

TEST_P(AuditContract, MigratingAgainChangesNothing) {
    const CouponId id = offer(a_coupon().with_stock(9));
    const auto number = store().facts().schema_number;
    reopen();
    EXPECT_EQ(store().facts().schema_number, number);
    EXPECT_EQ(balance_of(id).stock, 9);
}

TEST_P(AuditContract, EveryStatementIsCounted) {
    auto counted = [&, last = store().facts().statement_count]() mutable {
        const auto now = store().facts().statement_count;
        const auto more = now - last;
        EXPECT_GE(now, last) << "a count never falls";
        last = now;
        return more;
    };
    const CouponId id = offer(a_coupon().with_stock(9));
    EXPECT_GT(counted(), 0U) << "create";
    ask(id, Asking("alice"));
    EXPECT_GT(counted(), 0U) << "issue";
    EXPECT_EQ(counted(), 0U) << "asking for the facts is none";
    static_cast<void>(balance_of(id));
    EXPECT_GT(counted(), 0U) << "find";
    must(must(coupons().open_books())->open(id, {}));
    EXPECT_GT(counted(), 0U) << "books that were given up";
    must(compactions().claim(noon, repository::CompactionTrigger::command, noon));
    EXPECT_GT(counted(), 0U) << "claim";
}

TEST_P(AuditContract, ALargerGroupCostsNoMoreStatementsForEach) {
    const CouponId id = offer(a_coupon().with_stock(1'000));
    const auto cost = [&](int size, const std::string& name) {
        std::vector<Asking> group;
        for (int i = 0; i < size; ++i) group.emplace_back(name + std::to_string(i));
        const auto before = store().facts().statement_count;
        ask_together(id, group);
        return store().facts().statement_count - before;
    };
    cost(1, "warm-");
    const auto of_ten = cost(10, "ten-");
    const auto of_hundred = cost(100, "hundred-");
    EXPECT_LE(of_hundred, 10 * of_ten) << "what a group costs does not grow with the stream";
}

TEST_P(AuditContract, TidyingLosesNothing) {
    const CouponId id = offer(a_coupon().with_stock(1'000));
    for (int i = 0; i < 200; ++i) ask(id, Asking("user-" + std::to_string(i)));
    const auto history = history_of(id);
    must(store().tidy(true));
    must(store().tidy(false));
    EXPECT_EQ(history_of(id), history);
    EXPECT_EQ(ask(id, Asking("late")).create.value().rank, 201);
    reopen();
    EXPECT_EQ(history_of(id).size(), 202U);
}

TEST_P(AuditContract, AnAnnouncementChangesNothingThatIsKept) {
    const CouponId id = offer(a_coupon().with_stock(9));
    store().announce({.role = "serve", .call_at = "127.0.0.1:8081"});
    EXPECT_TRUE(store().check());
    EXPECT_EQ(balance_of(id).stock, 9);
}

}  // namespace

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AuditContract);

}  // namespace dibs::contract
