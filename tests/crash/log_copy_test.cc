// Goal: a log that is copied beside whoever commits loses nothing: not when the power goes in the
// middle, not when the disk fails a sync of what was copied.
// Method: production's writer on a simulated disk, with a log so long that it is copied beside;
// meanwhile rows are committed. At a change of the disk that a seed chooses the power goes, or one
// sync of the database fails and what it was about is lost. Then every row whose commit succeeded
// has to be there, and the database sound. How the two threads take turns is left to the machine.
// Negative control: a disk whose syncs of the database lie must be found out.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "crash/trial.h"
#include "repository/sqlite_writer.h"
#include "support/moments.h"
#include "support/simulated_sqlite_files.h"

namespace dibs::crash {
namespace {

using database::SqliteConnection;
using repository::SqliteWriter;
using test::DiskCall;
using test::Fate;
using test::must;
using test::Random;
using test::Remains;

const std::string path = "/simulated/log-copy.db";

/// One store, from a long log to what is found of it.
class CopiedStore {
public:
    explicit CopiedStore(std::uint64_t seed) : random_(seed) {
        writer_.emplace(path, must(SqliteWriter::open_connection(path)));
        auto session = must(writer_->begin());
        must(session.connection().execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x BLOB)"));
        must(session.commit());
    }

    /// Rows whose keys lie all over the table; whether they were committed.
    bool commit(int rows) {
        auto session = writer_->begin();
        if (!session) return false;
        std::set<std::int64_t> added;
        for (int i = 0; i < rows; ++i) {
            const auto id = static_cast<std::int64_t>(random_() >> 1);
            if (!session->connection().execute(
                    fmt::format("INSERT INTO t VALUES ({}, zeroblob(700))", id))) {
                return false;
            }
            added.insert(id);
        }
        if (!session->commit()) return false;
        committed_.merge(added);
        const auto log_pages = session->connection().log_page_count();
        is_log_begun_anew_ = log_pages < std::exchange(log_pages_, log_pages);
        return true;
    }

    /// More than the writer copies by itself, and the copy of it begun.
    void begin_copy() {
        while (committed_.size() < 9'000) ASSERT_TRUE(commit(500));
        must(writer_->tidy(false));
        ASSERT_EQ(writer_->checkpoint_count(), 1U);
    }

    /// Whether the last commit was the first one in a log of which all had been copied.
    [[nodiscard]] bool is_log_begun_anew() const { return is_log_begun_anew_; }

    void close() { writer_.reset(); }
    SqliteWriter& writer() { return *writer_; }

    /// What is wrong with what one finds; empty if nothing is.
    std::string findings() {
        auto found = SqliteWriter::open_connection(path);
        if (!found) return "it can't be opened: " + found.failure().what;
        const auto check = found->read_text("PRAGMA integrity_check");
        if (!check) return "it can't be checked: " + check.failure().what;
        if (*check != "ok") return *check;
        std::size_t lost = 0;
        for (const std::int64_t id : committed_) {
            const auto count =
                found->read_integer(fmt::format("SELECT count(*) FROM t WHERE id = {}", id));
            if (!count) return count.failure().what;
            if (*count != 1) ++lost;
        }
        if (lost > 0) return fmt::format("{} rows of {} are lost", lost, committed_.size());
        return {};
    }

private:
    Random random_;
    std::optional<SqliteWriter> writer_;
    std::set<std::int64_t> committed_;
    std::int64_t log_pages_ = 0;
    bool is_log_begun_anew_ = false;
};

bool is_database(std::string_view file) {
    return file.ends_with(".db");
}

/// The power goes after so many changes to the disk since the copy began.
std::string findings_after_power_cut(std::uint64_t seed, int& commits) {
    test::SimulatedSqliteFiles files;
    Random random(seed);
    CopiedStore store(seed);
    store.begin_copy();
    auto changes_left = static_cast<std::int64_t>(random() % 9'000);
    std::atomic<bool> is_off = false;
    files.decide([&](DiskCall call, std::string_view) {
        if (test::is_change(call) && changes_left-- == 0) is_off = true;
        return is_off ? Fate::fails : Fate::works;
    });
    for (; !is_off; ++commits) {
        if (!store.commit(20)) break;
    }
    is_off = true;
    store.close();
    files.decide(nullptr);
    constexpr std::array remains{Remains::nothing, Remains::writes, Remains::sectors};
    files.disk().lose_power(random, remains.at(random() % remains.size()));
    return store.findings();
}

/// The power goes as soon as the log has been begun anew, so that the database stands alone for
/// what was copied; its syncs do what they say, or lie.
std::string findings_in_the_database_alone(Fate of_its_syncs) {
    test::SimulatedSqliteFiles files;
    CopiedStore store(1);
    std::atomic<bool> is_off = false;
    files.decide([&](DiskCall call, std::string_view file) {
        if (is_off) return Fate::fails;
        return call == DiskCall::sync && is_database(file) ? of_its_syncs : Fate::works;
    });
    store.begin_copy();
    // Bounded, as a copy that ended would be enough.
    for (int i = 0; i < 20'000 && !store.is_log_begun_anew(); ++i) {
        if (!store.commit(1)) return "a commit failed";
    }
    EXPECT_TRUE(store.is_log_begun_anew());
    is_off = true;
    store.close();
    files.decide(nullptr);
    Random random(1);
    files.disk().lose_power(random, Remains::nothing);
    return store.findings();
}

/// Which syncs of the database there are, by what they are about.
enum class Lot : std::uint8_t { full, last };

/// The n-th such sync fails since the copy began, and the power goes after the end. What the copy
/// said; nothing if it had no such sync.
std::optional<base::FailureKind> fail_sync(Lot lot, int at) {
    test::SimulatedSqliteFiles files;
    CopiedStore store(1);
    store.begin_copy();
    int unsynced_pages = 0;
    int syncs = 0;
    files.decide([&](DiskCall call, std::string_view file) {
        if (!is_database(file)) return Fate::works;
        if (call == DiskCall::write) ++unsynced_pages;
        if (call != DiskCall::sync) return Fate::works;
        const int pages = std::exchange(unsynced_pages, 0);
        const bool is_such = lot == Lot::full ? pages == 256 : pages > 0 && pages < 256;
        return is_such && syncs++ == at ? Fate::fails : Fate::works;
    });
    std::optional<base::FailureKind> told;
    for (int i = 0; i < 300 && !told; ++i) {
        EXPECT_TRUE(store.commit(20)) << "a copy is nobody's commit";
        if (auto tidied = store.writer().tidy(true); !tidied) told = tidied.failure().kind;
    }
    store.close();
    files.decide(nullptr);
    Random random(1);
    // Whatever can remain does: the log's removal as well, so that the database stands alone.
    files.disk().lose_power(random, Remains::all);
    EXPECT_EQ(store.findings(), "") << "sync " << at;
    return told;
}

// choice: a few seconds in the tests; `make trials` asks for more.
std::int64_t trial_count() {
    return setting("DIBS_LOG_COPIES", 4);
}

TEST(LogCopy, BesideCommitsLosesNothingWhenThePowerGoes) {
    int commits = 0;
    for (std::int64_t seed = 1; seed <= trial_count(); ++seed) {
        EXPECT_EQ(findings_after_power_cut(static_cast<std::uint64_t>(seed), commits), "")
            << "seed " << seed;
    }
    EXPECT_GT(commits, 10) << "beside whom it copied";
}

TEST(LogCopy, LosesNothingWhenTheDiskFailsToSyncIt) {
    EXPECT_EQ(fail_sync(Lot::full, 1), base::FailureKind::unavailable) << "it is copied once more";
    // At the end of a pass that commits went on beside: its pages are not copied again.
    std::optional<base::FailureKind> told;
    for (int at = 0; at < 8 && told != base::FailureKind::in_doubt; ++at) {
        told = fail_sync(Lot::last, at);
    }
    EXPECT_EQ(told, base::FailureKind::in_doubt);
}

TEST(LogCopy, ADiskThatLiesAboutTheDatabaseIsFoundOut) {
    EXPECT_EQ(findings_in_the_database_alone(Fate::works), "");
    EXPECT_NE(findings_in_the_database_alone(Fate::lies), "");
}

}  // namespace
}  // namespace dibs::crash
