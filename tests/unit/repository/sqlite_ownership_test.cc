// Goal: a SQLite store has one owner at a time; whoever comes second is told who it is and what to
// call instead, and an owner that died, however, is none.
// Method: second openings in this process, and owners in processes of their own that are killed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "repository/store.h"
#include "support/child_process.h"
#include "support/printing.h"
#include "support/shop.h"
#include "support/temporary_directory.h"

namespace dibs::repository {
namespace {

using base::FailureKind;
using domain::CouponId;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using testing::HasSubstr;
using testing::Not;

class SqliteOwnership : public testing::Test {
protected:
    auto open(const std::string& role, const std::string& call_at = {}) {
        return open_store(url_, {.role = role, .call_at = call_at});
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
    std::string url_ = "sqlite:" + path_;
};

TEST_F(SqliteOwnership, ASecondOwnerIsRefusedWithALineThatNamesTheFirst) {
    const auto owner = must(open("serve", "127.0.0.1:8081"));
    for (const base::Failure& refused :
         {open("serve").failure(), open("compact").failure(), migrate_store(url_).failure()}) {
        EXPECT_EQ(refused.kind, FailureKind::unavailable);
        EXPECT_EQ(refused.what, "the store " + path_ + " is held by dibs serve (process " +
                                    std::to_string(getpid()) +
                                    "); use its operators' API at 127.0.0.1:8081 instead");
    }
    EXPECT_TRUE(owner->check());
}

TEST_F(SqliteOwnership, AnOwnerWithoutAnApiIsNamedWithoutOne) {
    const auto owner = must(open("compact"));
    EXPECT_THAT(open("serve").failure().what, HasSubstr("held by dibs compact (process "));
    EXPECT_THAT(open("serve").failure().what, Not(HasSubstr("API")));
}

TEST_F(SqliteOwnership, AnAnnouncementReplacesWhatASecondOneIsTold) {
    const auto owner = must(open("serve", "a.rather.long.host.name.example:65535"));
    owner->announce({.role = "serve", .call_at = "127.0.0.1:9"});
    EXPECT_THAT(open("compact").failure().what,
                testing::EndsWith("use its operators' API at 127.0.0.1:9 instead"));
}

TEST_F(SqliteOwnership, EndsWithTheStore) {
    must(open("serve")).reset();
    EXPECT_TRUE(open("compact"));
    EXPECT_TRUE(open("serve")) << "and was not left behind by what came between";
}

TEST_F(SqliteOwnership, ARefusedOpeningTakesNothingFromTheOwner) {
    const auto owner = must(open("serve"));
    const CouponId id = test::RepositoryShop(owner->coupons()).offer(a_coupon().with_stock(2));
    ASSERT_FALSE(open("serve"));
    EXPECT_FALSE(open("serve")) << "the first refusal did not give the lock up";
    EXPECT_EQ(test::RepositoryShop(owner->coupons()).ask(id, Asking("alice")).outcome,
              domain::IssueOutcome::issued);
}

TEST_F(SqliteOwnership, ReadingWorksBesideAnOwner) {
    const auto owner = must(open("serve"));
    const CouponId id = test::RepositoryShop(owner->coupons()).offer(a_coupon().with_stock(2));
    const auto snapshot = must(open_store_for_audit(url_));
    const auto history = must(snapshot->history());
    EXPECT_EQ(must(history->next()).value().coupon_id, id);
    EXPECT_EQ(test::run_program({"sqlite3", "-readonly", path_, "SELECT count(*) FROM coupon"}).out,
              "1\n");
}

TEST_F(SqliteOwnership, IsHeldByThePathWhateverItIsCalled) {
    const auto owner = must(open("serve"));
    const std::string link = directory_.file("link.db");
    std::filesystem::create_symlink(path_, link);
    std::filesystem::create_directory(directory_.file("inner"));
    for (const std::string& alias :
         {link, directory_.file("./test.db"), directory_.file("inner/../test.db")}) {
        EXPECT_EQ(kind_of(open_store("sqlite:" + alias, {.role = "serve", .call_at = {}})),
                  FailureKind::unavailable)
            << alias;
    }
}

// Owners that die.

TEST_F(SqliteOwnership, AnOwnerInAnotherProcessIsNamedByItsId) {
    test::ForkedProcess owner(
        [&] { static const auto held = must(open("serve", "127.0.0.1:8081")); });
    ASSERT_TRUE(owner.is_ready());
    const auto refused = open("compact");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.failure().what,
                HasSubstr("dibs serve (process " + std::to_string(owner.id()) + ")"));
    EXPECT_TRUE(open_store_for_audit(url_));
}

TEST_F(SqliteOwnership, AnOwnerThatWasKilledIsNoneAndWhatItCommittedIsThere) {
    const CouponId id{1};
    test::ForkedProcess owner([&] {
        static const auto held = must(open("serve", "127.0.0.1:8081"));
        test::RepositoryShop shop(held->coupons());
        base::ensure(shop.offer(a_coupon().with_stock(2)) == id, "it is the first coupon");
        shop.ask(id, Asking("alice"));
        // Killed in the middle of a group: that one leaves no trace.
        static const auto books = must(held->coupons().open_books());
        test::decide_and_append(*books, id, {Asking("bob")});
    });
    ASSERT_TRUE(owner.is_ready());
    ASSERT_FALSE(open("serve"));
    owner.kill();

    EXPECT_TRUE(open_store_for_audit(url_)) << "reading needs no owner to have tidied up";
    const auto store = must(open("serve"));
    EXPECT_EQ(must(store->coupons().find(id)).value().balance(),
              (domain::Balance{domain::Sequence{2}, 1, 1}));
    EXPECT_EQ(test::RepositoryShop(store->coupons()).ask(id, Asking("bob")).create.value().rank, 2);
}

}  // namespace
}  // namespace dibs::repository
