// Goal: after a commit that failed nobody trusts what the connection believes: what was in doubt is
// wholly there or wholly not, stays so whatever happens next, and the next session works.
// Method: SQLite's own files with a sync of the log that fails once, or a full disk; then look,
// write on, and lay the machine dead by copying the files as they are and opening the copy.

#include "repository/sqlite_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "repository/store.h"
#include "support/faulty_sqlite_files.h"
#include "support/printing.h"
#include "support/shop.h"
#include "support/temporary_directory.h"

namespace dibs::repository {
namespace {

using base::FailureKind;
using database::SqliteConnection;
using domain::Balance;
using domain::CouponId;
using domain::InventoryKind;
using domain::Sequence;
using test::a_coupon;
using test::Asking;
using test::kind_of;
using test::must;
using test::noon;

class SqliteWriterInDoubt : public testing::Test {
protected:
    std::unique_ptr<Store> open(const std::string& path) {
        return must(open_store("sqlite:" + path, {.role = "test", .call_at = {}}));
    }

    /// What one finds after the power went off now: the files as they are, without the shared
    /// memory, which is none of the disk's.
    Balance balance_after_power_cut(CouponId id) {
        const test::TemporaryDirectory copy;
        for (const char* suffix : {"", "-wal"}) {
            std::error_code error;
            std::filesystem::copy_file(path_ + suffix, copy.file("test.db") + suffix, error);
        }
        return must(open(copy.file("test.db"))->coupons().find(id)).value().balance();
    }

    base::Result<void> commit_one(Store& store, CouponId id, const char* name) {
        const auto books = must(store.coupons().open_books());
        test::decide_and_append(*books, id, {Asking(name)});
        return books->commit();
    }

    /// Lets the writer get over a fault: the next session reads the store anew.
    static void get_over(Store& store) { must(store.coupons().open_books()).reset(); }

    test::FaultySqliteFiles files_;
    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
};

TEST_F(SqliteWriterInDoubt, AFailedSyncLeavesTheCommitInDoubt) {
    const auto store = open(path_);
    const CouponId id = test::RepositoryShop(store->coupons()).offer(a_coupon().with_stock(5));
    files_.fail_next_log_sync();
    EXPECT_EQ(kind_of(commit_one(*store, id, "alice")), FailureKind::in_doubt);
    EXPECT_EQ(files_.struck_count(), 1);
}

TEST_F(SqliteWriterInDoubt, EveryMethodThatWritesSaysInDoubt) {
    const auto store = open(path_);
    CouponRepository& coupons = store->coupons();
    CompactionRepository& compactions = store->compactions();
    test::RepositoryShop shop(coupons);
    const CouponId id = shop.offer(a_coupon().with_stock(5));
    shop.ask(id, Asking("alice"));
    const auto run = must(compactions.claim(noon, CompactionTrigger::command, noon)).run;
    const auto expect_doubt = [&](const char* what, const auto& write) {
        files_.fail_next_log_sync();
        EXPECT_EQ(kind_of(write()), FailureKind::in_doubt) << what;
        get_over(*store);
    };
    const auto allow = [](const domain::CouponTerms&) { return base::Result<void>(); };
    expect_doubt("create", [&] { return coupons.create(a_coupon().create(), noon); });
    expect_doubt("patch", [&] { return coupons.patch(id, {}, allow, noon); });
    expect_doubt("change_stock",
                 [&] { return coupons.change_stock(id, InventoryKind::stocked, 1, "", noon); });
    expect_doubt("take_back", [&] { return coupons.take_back({id, Sequence{2}}, "", noon); });
    expect_doubt("add_points", [&] { return compactions.add_points(run, {{id, Sequence{1}}}); });
    expect_doubt("freeze", [&] { return compactions.freeze(run); });
    expect_doubt("replace", [&] {
        return compactions.replace(run, test::stream(id.value).cumulative(1, 5, 0).events(), 1);
    });
    expect_doubt("finish", [&] { return compactions.finish(run, noon); });
    must(compactions.finish(run, noon));
    expect_doubt("claim",
                 [&] { return compactions.claim(noon, CompactionTrigger::command, noon); });
}

TEST_F(SqliteWriterInDoubt, TheNextSessionWorksOnAFreshConnection) {
    const auto store = open(path_);
    test::RepositoryShop shop(store->coupons());
    const CouponId id = shop.offer(a_coupon().with_stock(5));
    files_.fail_next_log_sync();
    ASSERT_FALSE(commit_one(*store, id, "alice"));

    const auto next = shop.ask(id, Asking("bob"));
    ASSERT_EQ(next.outcome, domain::IssueOutcome::issued);
    const Balance now = must(store->coupons().find(id)).value().balance();
    EXPECT_EQ(now.head, next.create->sequence);
    const auto registered = must(store->coupons().registrations(id, Sequence{0}, 10)).rows.size();
    EXPECT_EQ(static_cast<std::int64_t>(registered), now.issued) << "wholly there or wholly not";
    EXPECT_EQ(balance_after_power_cut(id), now);
}

TEST_F(SqliteWriterInDoubt, WhatOneFindsByLookingStaysSoThroughAPowerCut) {
    const auto store = open(path_);
    test::RepositoryShop shop(store->coupons());
    const CouponId id = shop.offer(a_coupon().with_stock(5));
    // A reader keeps the log's index alive, which remembers nothing of what failed.
    const Balance before = must(store->coupons().find(id)).value().balance();
    files_.fail_next_log_sync();
    ASSERT_FALSE(commit_one(*store, id, "alice"));

    // Looking as whoever was in doubt does: with the books open.
    const Balance found =
        must(must(store->coupons().open_books())->open(id, {})).coupon.value().balance();
    EXPECT_TRUE(found == before || found == (Balance{Sequence{2}, 4, 1}));
    EXPECT_EQ(balance_after_power_cut(id), found) << "what was seen must not be undone";
}

TEST_F(SqliteWriterInDoubt, ItStaysSoAlsoWithNoReaderAround) {
    const auto store = open(path_);
    const CouponId id = test::RepositoryShop(store->coupons()).offer(a_coupon().with_stock(5));
    files_.fail_next_log_sync();
    ASSERT_FALSE(commit_one(*store, id, "alice"));
    const Balance found =
        must(must(store->coupons().open_books())->open(id, {})).coupon.value().balance();
    EXPECT_EQ(balance_after_power_cut(id), found);
}

TEST_F(SqliteWriterInDoubt, WhileTheDiskKeepsFailingNothingIsAcknowledged) {
    const auto store = open(path_);
    test::RepositoryShop shop(store->coupons());
    const CouponId id = shop.offer(a_coupon().with_stock(5));
    static_cast<void>(must(store->coupons().find(id)));
    files_.fail_next_log_syncs(1'000);
    ASSERT_EQ(kind_of(commit_one(*store, id, "alice")), FailureKind::in_doubt);
    for (int attempt = 0; attempt < 3; ++attempt) {
        EXPECT_EQ(kind_of(store->coupons().open_books()), FailureKind::unavailable)
            << "what is there can't be told apart from what may come back";
    }
    files_.fail_next_log_syncs(0);
    EXPECT_EQ(shop.ask(id, Asking("carol")).outcome, domain::IssueOutcome::issued);
    EXPECT_EQ(balance_after_power_cut(id), must(store->coupons().find(id)).value().balance());
}

TEST_F(SqliteWriterInDoubt, AFullDiskLosesNothingThatWasKeptAndIsGotOver) {
    const auto store = open(path_);
    test::RepositoryShop shop(store->coupons());
    const CouponId id = shop.offer(a_coupon().with_stock(5));
    shop.ask(id, Asking("alice"));
    const Balance kept = must(store->coupons().find(id)).value().balance();
    // Wherever in the commit's frames the disk is found to be full: before, between and in them.
    constexpr int frame = 24 + 2'048;
    for (const int bytes : {0, 24, 1'000, frame, 2 * frame + 500}) {
        files_.fail_log_write_after(bytes);
        EXPECT_FALSE(commit_one(*store, id, "bob")) << "after " << bytes << " bytes";
        get_over(*store);
        EXPECT_EQ(must(store->coupons().find(id)).value().balance(), kept);
        EXPECT_EQ(balance_after_power_cut(id), kept);
    }
    EXPECT_EQ(files_.struck_count(), 5);
    EXPECT_EQ(shop.ask(id, Asking("bob")).create.value().sequence, Sequence{3});
    EXPECT_EQ(balance_after_power_cut(id), (Balance{Sequence{3}, 3, 2}));
}

TEST_F(SqliteWriterInDoubt, StatementsOfTheOldConnectionStayCounted) {
    const auto store = open(path_);
    test::RepositoryShop shop(store->coupons());
    const CouponId id = shop.offer(a_coupon().with_stock(50));
    for (int i = 0; i < 20; ++i) shop.ask(id, Asking("user-" + std::to_string(i)));
    const auto before = store->facts().statement_count;
    files_.fail_next_log_sync();
    ASSERT_FALSE(commit_one(*store, id, "alice"));
    shop.ask(id, Asking("bob"));
    EXPECT_GT(store->facts().statement_count, before);
}

// The writer itself.

class SqliteWriterTest : public testing::Test {
protected:
    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
};

TEST_F(SqliteWriterTest, DurabilityIsSetAndNotAssumed) {
    auto connection = must(SqliteWriter::open_connection(path_));
    EXPECT_EQ(must(connection.read_text("PRAGMA journal_mode")), "wal");
    EXPECT_EQ(must(connection.read_integer("PRAGMA synchronous")), 2);
    EXPECT_EQ(must(connection.read_integer("PRAGMA fullfsync")), 1);
    EXPECT_EQ(must(connection.read_integer("PRAGMA checkpoint_fullfsync")), 1);
    EXPECT_EQ(must(connection.read_integer("PRAGMA wal_autocheckpoint")), 0)
        << "the writer says when";
}

TEST_F(SqliteWriterTest, WhereALogCannotBeKeptTheStoreIsRefused) {
    const auto refused = SqliteWriter::open_connection(":memory:");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.failure().kind, FailureKind::invalid);
    EXPECT_THAT(refused.failure().what, testing::HasSubstr("journal_mode"));
}

TEST_F(SqliteWriterTest, ASessionThatIsGivenUpIsRolledBackAndTheNextHasItsTurn) {
    SqliteWriter writer(path_, must(SqliteWriter::open_connection(path_)));
    {
        auto session = must(writer.begin());
        must(session.connection().execute("CREATE TABLE t (x)"));
    }
    auto session = must(writer.begin());
    EXPECT_EQ(must(session.connection().read_integer("SELECT count(*) FROM sqlite_schema")), 0);
}

class SqliteWriterLog : public SqliteWriterTest {
protected:
    void write(int size_kib) {
        auto session = must(writer_.begin());
        must(session.connection().execute("CREATE TABLE IF NOT EXISTS t (x)"));
        must(session.connection().execute("INSERT INTO t VALUES (zeroblob(1024 * " +
                                          std::to_string(size_kib) + "))"));
        must(session.commit());
    }
    /// Whether the database itself has grown to that size, now or soon.
    [[nodiscard]] bool grows_to(std::uintmax_t size_bytes) const {
        for (int i = 0; i < 3'000; ++i) {
            if (std::filesystem::file_size(path_) >= size_bytes) return true;
            // The copier tells nobody when it is through, so its file is looked at now and then.
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    SqliteWriter writer_{path_, must(SqliteWriter::open_connection(path_))};
};

TEST_F(SqliteWriterLog, IsCopiedWhenItIsWorthItAndNotBefore) {
    write(100);
    must(writer_.tidy(false));
    EXPECT_EQ(writer_.checkpoint_count(), 0U) << "too little to bother";
    write(3'000);
    must(writer_.tidy(true));
    EXPECT_EQ(writer_.checkpoint_count(), 0U) << "somebody waits, and it can be put off";
    must(writer_.tidy(false));
    EXPECT_EQ(writer_.checkpoint_count(), 1U);
    EXPECT_GT(std::filesystem::file_size(path_), 3'000'000U) << "a short one at once";
    must(writer_.tidy(false));
    EXPECT_EQ(writer_.checkpoint_count(), 1U) << "nothing is left to copy";
}

TEST_F(SqliteWriterLog, IsCopiedBesideInALullIfItIsLong) {
    write(10'000);
    must(writer_.tidy(false));
    EXPECT_EQ(writer_.checkpoint_count(), 1U);
    EXPECT_TRUE(grows_to(10'000'000));
}

TEST_F(SqliteWriterLog, IsCopiedBesideWhoeverCommitsBeforeItIsTooLong) {
    for (int i = 0; i < 260; ++i) write(1'000);
    EXPECT_GE(writer_.checkpoint_count(), 1U) << "nobody had to ask for it";
    EXPECT_TRUE(grows_to(100'000'000));
    must(writer_.tidy(true));  // Nothing has failed.
    auto reader = must(SqliteConnection::open(path_, SqliteConnection::Mode::read_only));
    EXPECT_EQ(must(reader.read_integer("SELECT count(*) FROM t")), 260);
    EXPECT_EQ(must(reader.read_text("PRAGMA integrity_check")), "ok");
}

TEST_F(SqliteWriterLog, IsNotCopiedOverAndOverWhileAReaderIsInTheWay) {
    write(3'000);
    auto reader = must(SqliteConnection::open(path_, SqliteConnection::Mode::read_only));
    const auto reading =
        must(database::SqliteTransaction::begin(reader, database::SqliteTransaction::Kind::read));
    must(reader.read_integer("SELECT count(*) FROM t"));
    write(3'000);
    for (int i = 0; i < 5; ++i) {
        write(10);
        must(writer_.tidy(false));
    }
    EXPECT_EQ(writer_.checkpoint_count(), 1U);
}

TEST_F(SqliteWriterTest, TheLogDoesNotGrowForEverIfItIsTidied) {
    SqliteWriter writer(path_, must(SqliteWriter::open_connection(path_)));
    for (int round = 0; round < 12; ++round) {
        {
            auto session = must(writer.begin());
            must(session.connection().execute(
                "CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES (zeroblob(3000000))"));
            must(session.commit());
        }
        must(writer.tidy(false));
    }
    EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 8'000'000U);
    EXPECT_GT(std::filesystem::file_size(path_), 30'000'000U);
}

}  // namespace
}  // namespace dibs::repository
