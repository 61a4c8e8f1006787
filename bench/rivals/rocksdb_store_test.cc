// Goal: RocksDB keeps the same books as our own stores, or its figures say nothing. Method: small
// sales, decided by the service's own code and audited by its rules, with rows broken by hand.

#include "rivals/rocksdb_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "issuing/issue_group.h"
#include "load/announced_coupon.h"
#include "load/bare_books.h"
#include "load/filled_store.h"
#include "load/shop.h"
#include "repository/store.h"
#include "rivals/rocksdb_batch.h"

namespace dibs::bench {
namespace {

using domain::IssueOutcome;

class RocksdbStoreTest : public testing::Test {
protected:
    /// As it is after the process that had it was stopped: with nothing but its log.
    void open_again() {
        store_.reset();
        store_ = RocksdbStore::open(folder_.path()).value();
    }

    domain::CouponId offer(std::int64_t stock) {
        const base::Instant now = base::SystemClock().now();
        return store_->create(announced_coupon(stock, now), now).value();
    }

    std::vector<IssueOutcome> ask(domain::CouponId coupon_id,
                                  const std::vector<std::string>& users) {
        std::vector<issuing::PendingIssue> requests;
        for (const std::string& user : users) {
            requests.push_back({.coupon_id = coupon_id,
                                .user_id = domain::UserId::parse(user).value(),
                                .idempotency_key = std::nullopt,
                                .deadline = base::SteadyInstant::max(),
                                .arrived_at = base::SystemClock().now()});
        }
        const auto books = store_->open_books();
        issuing::IssueGroup group(requests);
        EXPECT_TRUE(group.decide(*books).is_ok());
        EXPECT_TRUE(books->commit().is_ok());
        std::vector<IssueOutcome> outcomes;
        for (const issuing::IssueResult& result : group.take_results()) {
            outcomes.push_back(result.outcome);
        }
        return outcomes;
    }

    base::Result<std::int64_t> audit() { return audit_books(*store_->open_snapshot()); }

    TemporaryFolder folder_ = TemporaryFolder::make(std::filesystem::temp_directory_path()).value();
    std::unique_ptr<RocksdbStore> store_ = RocksdbStore::open(folder_.path()).value();
};

TEST_F(RocksdbStoreTest, GivesNobodyTwoAndNoneThatIsNotThere) {
    const domain::CouponId coupon_id = offer(3);
    EXPECT_EQ(ask(coupon_id, {"ann", "ben", "ann"}),
              (std::vector{IssueOutcome::issued, IssueOutcome::issued,
                           IssueOutcome::already_registered}));
    open_again();
    // `an` begins like `ann`, and holds nothing.
    EXPECT_EQ(ask(coupon_id, {"ben", "an", "cid"}),
              (std::vector{IssueOutcome::already_registered, IssueOutcome::issued,
                           IssueOutcome::sold_out}));
    EXPECT_EQ(ask(domain::CouponId{coupon_id.value + 1}, {"ann"}),
              std::vector{IssueOutcome::coupon_not_found});
    const auto issued = audit();
    ASSERT_TRUE(issued.is_ok()) << issued.failure().what;
    EXPECT_EQ(*issued, 3);
}

TEST_F(RocksdbStoreTest, LeavesNoTraceWithoutACommit) {
    const domain::CouponId coupon_id = offer(10);
    const auto taken_back = decide_together(
        [this] { return base::Result(store_->open_books()); },
        std::vector<issuing::PendingIssue>(1, {.coupon_id = coupon_id,
                                               .user_id = domain::UserId::parse("ann").value(),
                                               .idempotency_key = std::nullopt,
                                               .deadline = base::SteadyInstant::max(),
                                               .arrived_at = base::SystemClock().now()}));
    ASSERT_TRUE(taken_back.is_ok()) << taken_back.failure().what;
    EXPECT_EQ(audit().value(), 0);
}

TEST_F(RocksdbStoreTest, HasAnAuditThatSeesARowTooMany) {
    const domain::CouponId coupon_id = offer(10);
    ask(coupon_id, {"ann"});
    ASSERT_TRUE(audit().is_ok());
    store_.reset();
    {
        const auto tables = RocksdbTables::open(folder_.path());
        ASSERT_TRUE(tables.is_ok());
        RocksdbBatch batch(*tables);
        batch.put_registered({.coupon_id = coupon_id,
                              .sequence = domain::Sequence{3},
                              .user_id = domain::UserId::parse("ben").value(),
                              .nth = 1,
                              .rank = 2,
                              .idempotency_key = std::nullopt,
                              .registered_at = base::SystemClock().now()});
        ASSERT_TRUE(batch.write({}).is_ok());
    }
    open_again();
    EXPECT_FALSE(audit().is_ok());
}

TEST_F(RocksdbStoreTest, TakesInAllRowsOfAnotherStore) {
    const Workshop workshop{.dibs = {},
                            .count_calls = {},
                            .rival_service = {},
                            .folder = std::filesystem::temp_directory_path(),
                            .form = {}};
    const auto filled = fill_store(workshop, {.issues = 1'000, .is_live = true});
    ASSERT_TRUE(filled.is_ok()) << filled.failure().what;
    const auto rows = repository::open_store_for_audit(filled->url);
    ASSERT_TRUE(rows.is_ok()) << rows.failure().what;
    const auto taken = store_->take_in(**rows);
    ASSERT_TRUE(taken.is_ok()) << taken.failure().what;
    open_again();
    EXPECT_EQ(audit().value(), 1'000);
    EXPECT_EQ(ask(domain::CouponId{filled->coupon_id}, {"ann"}), std::vector{IssueOutcome::issued});
    EXPECT_EQ(audit().value(), 1'001);
}

}  // namespace
}  // namespace dibs::bench
