#include "repository/sqlite_writer.h"

#include <fmt/format.h>

#include <utility>

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;
using database::SqliteConnection;
using database::SqliteTransaction;

namespace {

// choice: pages of 2 KiB. What an issue costs is the page of the random-keyed tree that it dirties,
// which goes into the log whole; smaller pages write less of what did not change.
constexpr int page_size_bytes = 2'048;

// choice: 8 MB. SQLite 3.40's commit can walk the whole cache, so a small one is faster.
constexpr int cache_size_kib = 8'000;

// measured: groups of 256 of new users, up to 300,000 of them. A copy stalls for 50 to 200 ms
// whatever the log's size, because its pages lie all over the database and are synced; so a larger
// log stalls less often: 8 µs of it for an issue with 64 MiB, 21 with 16, and little less with 128.
// choice: 64 MiB, since a start after a crash reads all of it. A log of 2 MiB is copied as soon as
// nobody waits, which keeps it from growing through the day's lulls.
constexpr std::int64_t log_pages_max = 64 * 1024 * 1024 / page_size_bytes;
constexpr std::int64_t log_pages_when_idle = 2 * 1024 * 1024 / page_size_bytes;

Result<void> expect(SqliteConnection& connection, const char* pragma, std::string_view wanted) {
    const auto found = connection.read_text(fmt::format("PRAGMA {}", pragma));
    if (!found) return found.failure();
    if (*found == wanted) return {};
    return Failure{FailureKind::invalid,
                   fmt::format("SQLite keeps {} at {} where {} is needed: use a local file system",
                               pragma, *found, wanted)};
}

/// Makes "it isn't there" as durable as "it is". The frames of the commit that failed may lie whole
/// behind the log's end, where no connection reads them; but if the machine stopped now, the log
/// would be read anew and they would count. Whatever is committed next is written over them: so
/// something is, before anybody looks. (Where nobody else had the log open it is gone already.)
Result<void> write_over_doubt(SqliteConnection& connection) {
    const auto version = connection.read_integer("PRAGMA user_version");
    if (!version) return version.failure();
    return connection.execute(fmt::format("PRAGMA user_version = {}", *version + 1));
}

}  // namespace

Result<SqliteConnection> SqliteWriter::open_connection(const std::string& path) {
    auto connection = SqliteConnection::open(path, SqliteConnection::Mode::write_synced);
    if (!connection) return connection.failure();
    auto done =
        connection->execute(fmt::format("PRAGMA page_size = {};"
                                        "PRAGMA journal_mode = WAL;"
                                        "PRAGMA synchronous = FULL;"
                                        "PRAGMA fullfsync = ON;"
                                        "PRAGMA checkpoint_fullfsync = ON;"
                                        "PRAGMA cache_size = -{};"
                                        "PRAGMA temp_store = MEMORY",
                                        page_size_bytes, cache_size_kib));
    if (!done) return done.failure();
    // Asserted, not assumed: 201 rests on these two, and so does the gathering of the log.
    if (auto met = expect(*connection, "journal_mode", "wal"); !met) return met.failure();
    if (auto met = expect(*connection, "synchronous", "2"); !met) return met.failure();
    return connection;
}

SqliteWriter::SqliteWriter(std::string path, SqliteConnection connection)
    : path_(std::move(path)), connection_(std::move(connection)) {}

Result<SqliteWriter::Session> SqliteWriter::begin() {
    base::Turns::Turn turn = turns_.wait();
    if (auto done = reopen_if_closed(); !done) return done.failure();
    auto transaction = SqliteTransaction::begin(*connection_, SqliteTransaction::Kind::write);
    if (!transaction) return transaction.failure();
    return Session(*this, std::move(turn), *std::move(transaction));
}

Result<void> SqliteWriter::Session::commit() {
    auto committed = transaction_.commit();
    if (!committed) {
        // The transaction is over either way; what the connection believes of it is not to be
        // trusted.
        { const SqliteTransaction ended = std::move(transaction_); }
        writer_->close_connection();
    }
    return committed;
}

void SqliteWriter::close_connection() {
    statement_count_of_closed_ += connection_->statement_count();
    connection_.reset();
}

void SqliteWriter::note_statement_count() {
    const std::uint64_t of_the_open_one = connection_ ? connection_->statement_count() : 0;
    statement_count_.store(statement_count_of_closed_ + of_the_open_one, std::memory_order_relaxed);
}

Result<void> SqliteWriter::tidy(bool others_wait) {
    const base::Turns::Turn turn = turns_.wait();
    if (!connection_) return {};
    const std::int64_t log_pages = connection_->log_page_count();
    if (log_pages < (others_wait ? log_pages_max : log_pages_when_idle)) return {};
    checkpoint_count_.fetch_add(1, std::memory_order_relaxed);
    return connection_->checkpoint();
}

std::uint64_t SqliteWriter::statement_count() const {
    return statement_count_.load(std::memory_order_relaxed);
}

std::uint64_t SqliteWriter::checkpoint_count() const {
    return checkpoint_count_.load(std::memory_order_relaxed);
}

Result<void> SqliteWriter::reopen_if_closed() {
    if (connection_) return {};
    auto connection = open_connection(path_);
    if (!connection) return connection.failure();
    if (auto done = write_over_doubt(*connection); !done) return done.failure();
    connection_ = *std::move(connection);
    return {};
}

}  // namespace dibs::repository
