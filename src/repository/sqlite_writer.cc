#include "repository/sqlite_writer.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "base/ensure.h"

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

// choice: 128 MiB. The longer the log, the more of its pages are older versions, which are not
// copied, and the less often its end has to be copied while everybody waits; but a start after a
// crash reads and writes all of it. A log of 2 MiB is copied as soon as nobody waits, which keeps
// it from growing through the day's lulls; by the writer itself, in some twenty milliseconds.
constexpr std::int64_t log_pages_max = 128 * 1024 * 1024 / page_size_bytes;
constexpr std::int64_t log_pages_when_idle = 2 * 1024 * 1024 / page_size_bytes;
constexpr std::int64_t log_pages_at_once = 8 * 1024 * 1024 / page_size_bytes;

// choice: what the writer copies and syncs in a few milliseconds. In a rush each pass leaves three
// quarters of what the one before it left; if it leaves hardly less, another one gains nothing.
constexpr std::int64_t log_pages_to_end_with = 256;
constexpr int passes_max = 10;

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

SqliteWriter::~SqliteWriter() {
    is_closing_ = true;
    copier_.reset();
}

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
        return committed;
    }
    writer_->copy_if_long();
    return committed;
}

void SqliteWriter::close_connection() {
    statement_count_of_closed_ += connection_->statement_count();
    connection_.reset();
}

void SqliteWriter::note_counts() {
    const std::uint64_t of_the_open_one = connection_ ? connection_->statement_count() : 0;
    statement_count_.store(statement_count_of_closed_ + of_the_open_one, std::memory_order_relaxed);
    if (connection_) log_page_count_ = connection_->log_page_count();
}

Result<void> SqliteWriter::tidy(bool others_wait) {
    auto failed = copy_failure_.with([](auto& failure) { return std::exchange(failure, {}); });
    if (failed) return *std::move(failed);
    if (others_wait) return {};
    const base::Turns::Turn turn = turns_.wait();
    if (!connection_ || !may_copy()) return {};
    const std::int64_t uncopied = uncopied_pages();
    if (uncopied < log_pages_when_idle) return {};
    if (uncopied > log_pages_at_once) {
        begin_copy_beside();
        return {};
    }
    checkpoint_count_.fetch_add(1, std::memory_order_relaxed);
    return copy_now();
}

void SqliteWriter::copy_if_long() {
    if (may_copy() && uncopied_pages() >= log_pages_max) begin_copy_beside();
}

void SqliteWriter::begin_copy_beside() {
    checkpoint_count_.fetch_add(1, std::memory_order_relaxed);
    if (!copier_) copier_.emplace("log-copier", 1, 1);
    is_copied_beside_ = true;
    base::ensure(copier_->submit([this] { copy_beside(); }), "one copy at a time finds its place");
}

std::int64_t SqliteWriter::uncopied_pages() {
    const std::int64_t pages = connection_->log_page_count();
    // A log that is shorter than at the last copy was begun anew since.
    if (pages < seen_by_copy_) seen_by_copy_ = 0;
    return pages - seen_by_copy_;
}

Result<void> SqliteWriter::copy_now() {
    const auto extent = connection_->checkpoint();
    if (!extent) {
        if (extent.failure().kind == FailureKind::in_doubt) leave_log();
        return extent.failure();
    }
    seen_by_copy_ = extent->written;
    return {};
}

void SqliteWriter::copy_beside() {
    if (auto copied = copy_in_passes(); !copied) {
        copy_failure_.with([&](auto& failure) { failure = copied.failure(); });
    }
    is_copied_beside_ = false;
}

// Each pass takes as long as its pages, and leaves what was committed meanwhile to the next. There
// is something to copy for each: for the first what made it necessary, for others what is left,
// since nobody else copies.
Result<void> SqliteWriter::copy_in_passes() {
    auto copier = SqliteConnection::open(path_, SqliteConnection::Mode::copy);
    if (!copier) return copier.failure();
    std::int64_t left = std::numeric_limits<std::int64_t>::max();
    for (int pass = 0; pass < passes_max && left > log_pages_to_end_with; ++pass) {
        if (is_closing_) return {};
        const auto extent = copier->checkpoint();
        if (!extent) {
            if (extent.failure().kind == FailureKind::in_doubt) {
                const base::Turns::Turn turn = turns_.wait();
                leave_log();
            }
            return extent.failure();
        }
        const std::int64_t left_before = std::exchange(left, log_page_count_ - extent->copied);
        if (left > left_before / 10 * 9) break;
    }
    const base::Turns::Turn turn = turns_.wait();
    if (!connection_) return {};
    return copy_now();
}

void SqliteWriter::leave_log() {
    is_log_left_ = true;
    if (connection_) connection_->leave_log();
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
    if (is_log_left_) connection_->leave_log();
    return {};
}

}  // namespace dibs::repository
