// Goal: whoever copies a log beside a writer syncs the database again and again, and copies what
// every other way to it would; a part of a log that was not synced is told from one that failed.
// Method: a simulated disk that counts the syncs, and fails one.

#include "database/paced_database.h"

#include <gtest/gtest.h>

#include "database/sqlite_connection.h"
#include "support/moments.h"
#include "support/printing.h"
#include "support/simulated_sqlite_files.h"

namespace dibs::database {
namespace {

using base::FailureKind;
using test::DiskCall;
using test::Fate;
using test::must;

class PacedDatabaseTest : public testing::Test {
protected:
    PacedDatabaseTest() {
        must(
            writer_.execute("PRAGMA page_size = 2048; PRAGMA journal_mode = WAL;"
                            "PRAGMA synchronous = FULL; CREATE TABLE t (x)"));
        must(writer_.execute("INSERT INTO t VALUES (zeroblob(2100000))"));  // A thousand pages.
        files_.decide([this](DiskCall call, std::string_view file) {
            if (call != DiskCall::sync || file != path_) return Fate::works;
            ++syncs_;
            return syncs_ == failing_ ? Fate::fails : Fate::works;
        });
    }

    SqliteConnection connect(SqliteConnection::Mode mode) {
        return must(SqliteConnection::open(path_, mode));
    }

    test::SimulatedSqliteFiles files_;
    const std::string path_ = "/simulated/paced.db";
    int syncs_ = 0;
    int failing_ = -1;
    SqliteConnection writer_ = connect(SqliteConnection::Mode::write_synced);
};

TEST_F(PacedDatabaseTest, IsSyncedAfterEveryFewPages) {
    const auto extent = must(connect(SqliteConnection::Mode::copy).checkpoint());
    EXPECT_EQ(extent.written, writer_.log_page_count());
    EXPECT_EQ(extent.copied, extent.written);
    EXPECT_GE(syncs_, 4) << "in lots of 256, and at the end";
    EXPECT_LE(syncs_, 7);
    EXPECT_EQ(must(writer_.read_text("PRAGMA integrity_check")), "ok");
}

TEST_F(PacedDatabaseTest, IsNotTheWayOfTheWriterItself) {
    must(writer_.checkpoint());
    EXPECT_EQ(syncs_, 1);
}

TEST_F(PacedDatabaseTest, ALotThatIsNotSyncedIsCopiedOnceMore) {
    failing_ = 2;
    auto copier = connect(SqliteConnection::Mode::copy);
    EXPECT_EQ(test::kind_of(copier.checkpoint()), FailureKind::unavailable);
    const auto extent = must(copier.checkpoint());
    EXPECT_EQ(extent.copied, extent.written);
}

TEST_F(PacedDatabaseTest, APartThatIsNotSyncedIsInDoubt) {
    auto reader = connect(SqliteConnection::Mode::read_only);
    const auto reading = must(SqliteTransaction::begin(reader, SqliteTransaction::Kind::read));
    must(reader.read_integer("SELECT count(*) FROM t"));
    must(writer_.execute("INSERT INTO t VALUES (1)"));
    failing_ = 1;
    EXPECT_EQ(test::kind_of(writer_.checkpoint()), FailureKind::in_doubt);
}

}  // namespace
}  // namespace dibs::database
