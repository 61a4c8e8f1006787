// Goal: a log that is damaged where commits follow is found, and what a power cut, a failed commit
// or a log begun anew leaves behind is not taken for damage; settling a log makes durable what it
// shows, and changes none of it.
// Method: logs as SQLite writes them, with bits turned or frames taken out; a simulated disk for
// what is seen and not kept.

#include "database/left_log.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "database/sqlite_connection.h"
#include "support/faulty_sqlite_files.h"
#include "support/moments.h"
#include "support/simulated_sqlite_files.h"
#include "support/temporary_directory.h"

namespace dibs::database {
namespace {

using test::must;

constexpr std::size_t header_size = 32;
constexpr std::size_t frame_size = 24 + 2'048;

std::size_t place_of_frame(std::size_t number) {
    return header_size + number * frame_size;
}

/// A database that is being written, one page and one frame for each commit but the first.
class LeftLog : public testing::Test {
protected:
    SqliteConnection connect(const std::string& path) {
        auto connection = must(SqliteConnection::open(path, SqliteConnection::Mode::write_synced));
        must(
            connection.execute("PRAGMA page_size = 2048; PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL"));
        return connection;
    }
    static void commit(SqliteConnection& connection, int times = 1) {
        must(connection.execute("CREATE TABLE IF NOT EXISTS t (x)"));
        for (int i = 0; i < times; ++i) must(connection.execute("INSERT INTO t VALUES (1)"));
    }

    /// As a kill leaves it: the database and its log, with this done to the log.
    std::optional<LogDamage> damage_with(const std::function<void(std::string&)>& change) {
        std::string log = test::read_file(path_ + "-wal");
        change(log);
        test::write_file(copy_, test::read_file(path_));
        test::write_file(copy_ + "-wal", log);
        return must(find_log_damage(copy_));
    }
    std::optional<LogDamage> damage_with_bit_turned(std::size_t at) {
        return damage_with([&](std::string& log) { log.at(at) = static_cast<char>(log[at] ^ 4); });
    }

    test::TemporaryDirectory directory_;
    std::string path_ = directory_.file("test.db");
    std::string copy_ = directory_.file("copy.db");
};

TEST_F(LeftLog, WhereThereIsNoneThereIsNoDamage) {
    EXPECT_EQ(must(find_log_damage(path_)), std::nullopt);
    must(settle_log(path_));
    EXPECT_FALSE(std::filesystem::exists(path_ + "-wal")) << "a look creates nothing";
}

TEST_F(LeftLog, OneWithoutItsDatabaseIsLeftToSqlite) {
    auto connection = connect(path_);
    commit(connection, 10);
    ASSERT_TRUE(damage_with_bit_turned(place_of_frame(0) + 24));
    std::filesystem::remove(copy_);
    EXPECT_FALSE(must(find_log_damage(copy_)));
    EXPECT_TRUE(settle_log(copy_));
}

TEST_F(LeftLog, AWholeOneHasNoDamage) {
    auto connection = connect(path_);
    commit(connection, 10);
    EXPECT_FALSE(must(find_log_damage(path_)));
}

TEST_F(LeftLog, DamageThatCommitsFollowIsFoundWhereverItIs) {
    auto connection = connect(path_);
    commit(connection, 10);
    const std::size_t frames = test::read_file(path_ + "-wal").size() / frame_size;
    ASSERT_GE(frames, 10U);
    for (std::size_t frame = 0; frame + 3 < frames; ++frame) {
        // The page's number, the size, both salts, both checksums, and the page.
        for (const std::size_t within : {0U, 5U, 8U, 12U, 16U, 20U, 24U, 1'000U, 2'071U}) {
            const auto damage = damage_with_bit_turned(place_of_frame(frame) + within);
            ASSERT_TRUE(damage) << "frame " << frame << ", byte " << within;
            EXPECT_EQ(damage->at_byte, static_cast<std::int64_t>(place_of_frame(frame)));
            EXPECT_GT(damage->commit_count, 1);
        }
    }
}

TEST_F(LeftLog, DamageOfTheLastCommitButOneIsFound) {
    auto connection = connect(path_);
    commit(connection, 10);
    const std::size_t frames = test::read_file(path_ + "-wal").size() / frame_size;
    // Where its checksum is damaged, nothing in the log adds up behind it any more: the last commit
    // has no successor that would.
    for (const std::size_t within : {0U, 8U, 12U, 16U, 19U, 20U, 23U, 24U, 1'000U, 2'071U}) {
        const auto damage = damage_with_bit_turned(place_of_frame(frames - 2) + within);
        ASSERT_TRUE(damage) << "byte " << within;
        EXPECT_EQ(damage->at_byte, static_cast<std::int64_t>(place_of_frame(frames - 2)));
    }
}

TEST_F(LeftLog, DamageInTheHeaderIsFound) {
    auto connection = connect(path_);
    commit(connection, 10);
    for (std::size_t at = 0; at < header_size; ++at) {
        EXPECT_TRUE(damage_with_bit_turned(at)) << "byte " << at;
    }
}

TEST_F(LeftLog, TheLastCommitTornInAnyWayIsNoDamage) {
    auto connection = connect(path_);
    commit(connection, 3);
    const std::size_t before = test::read_file(path_ + "-wal").size();
    must(connection.execute("INSERT INTO t VALUES (zeroblob(9000))"));
    const std::size_t frames = (test::read_file(path_ + "-wal").size() - before) / frame_size;
    ASSERT_GE(frames, 4U);
    for (unsigned lost = 1; lost < 1U << frames; ++lost) {
        const auto damage = damage_with([&](std::string& log) {
            for (std::size_t i = 0; i < frames; ++i) {
                if ((lost >> i & 1U) != 0)
                    log.replace(before + i * frame_size, frame_size, frame_size, '\0');
            }
        });
        EXPECT_FALSE(damage) << "lost " << lost;
    }
}

TEST_F(LeftLog, WhatFailedCommitsLeaveBehindTheEndIsNoDamage) {
    test::FaultySqliteFiles files;
    {
        auto connection = connect(path_);
        auto reader = must(SqliteConnection::open(path_, SqliteConnection::Mode::read_only));
        commit(connection, 3);
        must(reader.read_integer("SELECT count(*) FROM t"));
        // Each time fewer frames than before, so that all of them leave something.
        for (const int size : {20'000, 12'000, 4'000}) {
            files.fail_next_log_sync();
            ASSERT_FALSE(connection.execute("INSERT INTO t VALUES (zeroblob(" +
                                            std::to_string(size) + "))"));
            EXPECT_FALSE(must(find_log_damage(path_)));
            commit(connection);
            EXPECT_FALSE(must(find_log_damage(path_)));
        }
    }
}

TEST_F(LeftLog, WhatStandsBehindALogBegunAnewIsNoDamage) {
    auto connection = connect(path_);
    commit(connection, 20);
    must(connection.checkpoint());
    const std::size_t size = test::read_file(path_ + "-wal").size();
    commit(connection, 3);
    ASSERT_EQ(test::read_file(path_ + "-wal").size(), size) << "it was begun anew";
    EXPECT_FALSE(must(find_log_damage(path_)));
    EXPECT_TRUE(damage_with_bit_turned(place_of_frame(0) + 24)) << "and is looked at all the same";
}

TEST_F(LeftLog, SettlingChangesNoByte) {
    auto connection = connect(path_);
    commit(connection, 40);  // More than is written at a time.
    const std::string before = test::read_file(path_ + "-wal");
    ASSERT_GT(before.size(), 64U * 1'024U);
    must(settle_log(path_));
    EXPECT_TRUE(test::read_file(path_ + "-wal") == before);
    EXPECT_EQ(must(connection.read_integer("SELECT count(*) FROM t")), 40);
}

TEST_F(LeftLog, OneThatIsSettledIsOnTheDiskAsItIsSeen) {
    test::SimulatedSqliteFiles files;
    {
        auto connection = connect(path_);
        commit(connection, 3);
        bool is_to_fail = true;
        files.decide([&](test::DiskCall call, std::string_view file) {
            const bool strikes =
                is_to_fail && call == test::DiskCall::sync && file.ends_with("-wal");
            return strikes ? test::Fate::fails : test::Fate::works;
        });
        EXPECT_FALSE(connection.execute("INSERT INTO t VALUES (2)"));
        is_to_fail = false;
        must(settle_log(path_));
        // As a process that ends without a word.
        files.decide([](test::DiskCall, std::string_view) { return test::Fate::fails; });
    }
    files.decide(nullptr);
    const auto seen = files.disk().bytes_of(path_ + "-wal");
    test::Random random(1);
    files.disk().lose_power(random, test::Remains::nothing);
    EXPECT_TRUE(files.disk().bytes_of(path_ + "-wal") == seen);
}

}  // namespace
}  // namespace dibs::database
