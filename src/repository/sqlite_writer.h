#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/guarded.h"
#include "base/result.h"
#include "base/turns.h"
#include "base/workers.h"
#include "database/sqlite_connection.h"

namespace dibs::repository {

/// The one connection that writes, and the line of those who want it.
///
/// It is also what has the log copied into the database: a short log in a lull, by the writer
/// itself; a long one by a thread that copies beside it, pass by pass, each of them shorter, until
/// so little is left that the writer copies the rest between two turns.
///
/// After a commit whose fate is unknown the connection is closed, and whoever comes next reads the
/// store through a new one: nothing that the old one remembered is trusted.
class SqliteWriter {
public:
    /// A transaction in progress: the turn, the connection and its BEGIN IMMEDIATE. Rolled back
    /// unless committed. Belongs to the thread that began it.
    class Session {
    public:
        [[nodiscard]] database::SqliteConnection& connection() { return *writer_->connection_; }

        /// Fails: in_doubt.
        [[nodiscard]] base::Result<void> commit();

        Session(SqliteWriter& writer, base::Turns::Turn turn,
                database::SqliteTransaction transaction)
            : writer_(&writer), turn_(std::move(turn)), transaction_(std::move(transaction)) {}
        ~Session() {
            if (writer_ != nullptr) writer_->note_counts();
        }
        Session(Session&& other) noexcept
            : writer_(std::exchange(other.writer_, nullptr)),
              turn_(std::move(other.turn_)),
              transaction_(std::move(other.transaction_)) {}
        Session& operator=(Session&&) = delete;

    private:
        SqliteWriter* writer_;
        base::Turns::Turn turn_;  // Given up last: the transaction ends within it.
        database::SqliteTransaction transaction_;
    };

    /// Opens the database for writing and sets what durability rests on.
    /// Fails: unavailable, corrupted, invalid (the file system can't keep a write-ahead log).
    [[nodiscard]] static base::Result<database::SqliteConnection> open_connection(
        const std::string& path);

    SqliteWriter(std::string path, database::SqliteConnection connection);
    ~SqliteWriter();
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;

    /// Waits for a turn and begins. Any thread may call; one that has a session must not ask for
    /// another. Fails: unavailable.
    [[nodiscard]] base::Result<Session> begin();

    /// Has the log copied into the database if nobody waits and it is worth it; one that has grown
    /// so far that it can't wait is copied beside whatever comes next, whoever waits. Fails as the
    /// copy that this made, or as one beside that has failed since the last call: unavailable,
    /// in_doubt (the log is not copied any more before the store is opened anew). Waits for a turn
    /// only if nobody else waits.
    [[nodiscard]] base::Result<void> tidy(bool others_wait);

    [[nodiscard]] std::uint64_t statement_count() const;
    [[nodiscard]] std::uint64_t checkpoint_count() const;

private:
    [[nodiscard]] base::Result<void> reopen_if_closed();
    void close_connection();
    void note_counts();

    // All of these with the turn and, but for the last, a connection.
    [[nodiscard]] bool may_copy() const { return !is_copied_beside_ && !is_log_left_; }
    /// How many pages of the log no copy has seen yet.
    [[nodiscard]] std::int64_t uncopied_pages();
    void copy_if_long();
    void begin_copy_beside();
    /// Copies what can be copied now.
    [[nodiscard]] base::Result<void> copy_now();
    /// After a copy that may be lost: keeps the log for whoever opens the store next.
    void leave_log();

    // On the copier's thread.
    void copy_beside();
    [[nodiscard]] base::Result<void> copy_in_passes();

    const std::string path_;
    base::Turns turns_;
    std::optional<database::SqliteConnection> connection_;  // Used by whoever has the turn.
    std::uint64_t statement_count_of_closed_ = 0;           // As above, of all before that one.
    std::atomic<std::uint64_t> statement_count_ = 0;        // As of the last end of a turn.
    std::atomic<std::uint64_t> checkpoint_count_ = 0;
    std::atomic<std::int64_t> log_page_count_ = 0;  // As of the last end of a turn.
    std::int64_t seen_by_copy_ = 0;  // How long the log was at the last copy. With the turn.
    bool is_log_left_ = false;       // Nothing is copied any more. With the turn.

    std::atomic<bool> is_copied_beside_ = false;
    std::atomic<bool> is_closing_ = false;
    base::Guarded<std::optional<base::Failure>> copy_failure_;
    std::optional<base::Workers> copier_;  // From the first long log on. With the turn.
};

}  // namespace dibs::repository
