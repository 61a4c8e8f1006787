#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/turns.h"
#include "database/sqlite_connection.h"

namespace dibs::repository {

/// The one connection that writes and checkpoints, and the line of those who want it.
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
            if (writer_ != nullptr) writer_->note_statement_count();
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

    /// Waits for a turn and begins. Any thread may call; one that has a session must not ask for
    /// another. Fails: unavailable.
    [[nodiscard]] base::Result<Session> begin();

    /// Copies the log into the database, if it has grown so far that it can't wait, or if nobody
    /// waits and it is worth it. Fails: unavailable.
    [[nodiscard]] base::Result<void> tidy(bool others_wait);

    [[nodiscard]] std::uint64_t statement_count() const;
    [[nodiscard]] std::uint64_t checkpoint_count() const;

private:
    [[nodiscard]] base::Result<void> reopen_if_closed();
    void close_connection();
    void note_statement_count();

    const std::string path_;
    base::Turns turns_;
    std::optional<database::SqliteConnection> connection_;  // Used by whoever has the turn.
    std::uint64_t statement_count_of_closed_ = 0;           // As above, of all before that one.
    std::atomic<std::uint64_t> statement_count_ = 0;        // As of the last end of a turn.
    std::atomic<std::uint64_t> checkpoint_count_ = 0;
};

}  // namespace dibs::repository
