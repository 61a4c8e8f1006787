#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "database/sqlite_statement.h"

namespace dibs::database {

/// How much of a write-ahead log there is, in pages.
struct LogExtent {
    std::int64_t written = 0;  ///< From the log's beginning to its last commit.
    std::int64_t copied = 0;   ///< Of these, how many are in the database and synced there.
};

/// One connection to a SQLite database. Used by one thread at a time; who that is, is its owner's
/// business.
class SqliteConnection {
public:
    enum class Mode : std::uint8_t {
        write,         ///< Reads and writes; creates the file if it is not there.
        write_synced,  ///< As `write`, for the owner who sets `synchronous = FULL`: each commit
                       ///< reaches the log in few writes, and is whole only once it was synced. A
                       ///< log that was left is looked at, and synced, first.
        copy,          ///< As `read_only`, for who copies the log beside the writer: the pages go
                       ///< into the database, and are synced there, a few at a time.
        read_only,     ///< Refuses every statement that would write.
    };

    /// Opens `path` and sets what holds for every connection of the project: `trusted_schema` off,
    /// no loading of extensions, a wait of at most five seconds for somebody else's lock. Fails:
    /// unavailable (no such file, no permission), corrupted (not a database; a log that is damaged
    /// before its end).
    [[nodiscard]] static base::Result<SqliteConnection> open(const std::string& path, Mode mode);

    ~SqliteConnection();
    SqliteConnection(SqliteConnection&&) noexcept;
    SqliteConnection& operator=(SqliteConnection&&) noexcept;

    /// Runs statements that give no rows, separated by `;`. Blocks for as long as they take.
    /// Fails: unavailable, refused (a constraint or a trigger said no), corrupted.
    [[nodiscard]] base::Result<void> execute(const std::string& sql);

    /// Compiles one statement, which must not outlive the connection. Fails as `execute`.
    [[nodiscard]] base::Result<SqliteStatement> prepare(std::string_view sql);

    /// The same statement, compiled at its first use and kept with the connection. `sql` must be a
    /// literal: it is known by its address, because hashing the text at every use would cost more.
    /// Only one use at a time. Fails as `execute`.
    [[nodiscard]] base::Result<SqliteStatement*> cached(std::string_view sql);

    /// The single integer that a statement gives: a pragma's value, a count.
    [[nodiscard]] base::Result<std::int64_t> read_integer(std::string_view sql);
    [[nodiscard]] base::Result<std::string> read_text(std::string_view sql);

    /// Whether a transaction is open.
    [[nodiscard]] bool is_in_transaction() const;

    /// How many statements were started on this connection. Any thread may ask.
    [[nodiscard]] std::uint64_t statement_count() const;

    /// How many pages the write-ahead log held after the last commit on this connection, from its
    /// beginning, copied or not.
    [[nodiscard]] std::int64_t log_page_count() const;

    /// Copies what is committed from the write-ahead log into the database, as far as no reader is
    /// in the way, and never waits for one; syncs what it copied. A log of which nothing is left
    /// is begun anew by the next commit. Blocks for two fsyncs and the writes between them.
    ///
    /// One connection at a time may copy, and while others commit only one of mode `copy`, and only
    /// if there is something to copy: in SQLite before 3.51.3, a copy that begins while a commit
    /// begins the log anew corrupts the database (sqlite.org/wal.html#walresetbug).
    /// Fails: unavailable (an I/O error; trying again copies the same once more), in_doubt (what
    /// was copied may not have reached the disk, and would not be copied once more: nobody may copy
    /// this log before all connections were closed, and the writer's not before `leave_log`).
    [[nodiscard]] base::Result<LogExtent> checkpoint();

    /// Has the log stay as it is when this connection closes as the last one; the writer's would
    /// copy it then.
    void leave_log();

private:
    friend class SqliteTransaction;
    explicit SqliteConnection(std::unique_ptr<SqliteState> state);
    [[nodiscard]] base::Result<void> sync_database();
    [[nodiscard]] base::Result<void> run_cached(std::string_view sql);
    std::unique_ptr<SqliteState> state_;
};

/// A transaction, rolled back unless it was committed.
class SqliteTransaction {
public:
    enum class Kind : std::uint8_t {
        write,  ///< Takes the database's write lock at once (BEGIN IMMEDIATE).
        read,   ///< Sees one snapshot from its first statement to its end.
    };

    /// Fails: unavailable.
    [[nodiscard]] static base::Result<SqliteTransaction> begin(SqliteConnection& connection,
                                                               Kind kind);

    ~SqliteTransaction();
    SqliteTransaction(SqliteTransaction&& other) noexcept;
    SqliteTransaction& operator=(SqliteTransaction&&) = delete;

    /// Makes what was written durable. Blocks for one fsync.
    /// Fails: in_doubt (the log could not be written or synced: only reading the store anew can
    /// tell).
    [[nodiscard]] base::Result<void> commit();

private:
    explicit SqliteTransaction(SqliteConnection& connection) : connection_(&connection) {}
    SqliteConnection* connection_;
};

}  // namespace dibs::database
