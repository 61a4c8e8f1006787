#include "database/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "database/gathered_log.h"
#include "database/left_log.h"
#include "database/paced_database.h"
#include "database/sqlite_state.h"

namespace dibs::database {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// choice: longer than any of our own transactions, shorter than a client's patience.
constexpr int busy_timeout_ms = 5'000;

/// Tells SQLite, before it is first used, to keep no account of its memory: nobody asks for it, and
/// it costs every allocation a mutex, 5 % of an issue. A process that used SQLite before it opened
/// a connection here keeps the account, and nothing else differs.
void leave_memory_uncounted() {
    static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(code);
}

/// Before SQLite takes the log over that some process has left.
Result<void> look_after_log(const std::string& path) {
    const auto damage = find_log_damage(path);
    if (!damage) return damage.failure();
    if (*damage) return damage_failure(path, **damage);
    return settle_log(path);
}

int remember_log_pages(void* state_pointer, sqlite3*, const char*, int page_count) {
    *static_cast<std::int64_t*>(state_pointer) = page_count;
    return SQLITE_OK;
}

}  // namespace

SqliteConnection::SqliteConnection(std::unique_ptr<SqliteState> state) : state_(std::move(state)) {}
SqliteConnection::~SqliteConnection() = default;
SqliteConnection::SqliteConnection(SqliteConnection&&) noexcept = default;
SqliteConnection& SqliteConnection::operator=(SqliteConnection&&) noexcept = default;

Result<SqliteConnection> SqliteConnection::open(const std::string& path, Mode mode) {
    leave_memory_uncounted();
    if (mode == Mode::write_synced) {
        if (auto done = look_after_log(path); !done) return done.failure();
    }
    const bool may_write = mode == Mode::write || mode == Mode::write_synced;
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE |
                      (may_write ? SQLITE_OPEN_CREATE : 0);
    // A read-only connection opens the file for writing, too, because reading a write-ahead log
    // whose owner has gone means recovering it; `query_only` below keeps its statements from
    // writing.
    auto state = std::make_unique<SqliteState>();
    state->copies_beside_a_writer = mode == Mode::copy;
    if (mode == Mode::write_synced) state->files = files_with_gathered_log();
    if (mode == Mode::copy) state->files = files_with_paced_database();
    int code = sqlite3_open_v2(path.c_str(), &state->handle, flags,
                               state->files ? state->files->name() : nullptr);
    if (code != SQLITE_OK && mode == Mode::read_only) {
        sqlite3_close_v2(std::exchange(state->handle, nullptr));
        code = sqlite3_open_v2(path.c_str(), &state->handle,
                               SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READONLY,
                               nullptr);
    }
    if (code != SQLITE_OK) {
        Failure failure = failure_of(state->handle, code);
        failure.what = fmt::format("{}: {}", path, failure.what);
        return failure;
    }
    sqlite3_busy_timeout(state->handle, busy_timeout_ms);
    sqlite3_db_config(state->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(state->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_wal_hook(state->handle, remember_log_pages, &state->log_page_count);

    SqliteConnection connection(std::move(state));
    if (!may_write) {
        // The last connection to close copies the log unless told not to, and SQLite before 3.51.3
        // corrupts the database when a copy races a commit (see `checkpoint`).
        connection.leave_log();
        if (auto done = connection.execute("PRAGMA query_only = ON"); !done) return done.failure();
    }
    if (mode == Mode::copy) {
        // A connection that has read nothing knows of no log, and copies none.
        const auto seen = connection.read_integer("SELECT count(*) FROM sqlite_schema");
        if (!seen) return seen.failure();
    }
    return connection;
}

Result<void> SqliteConnection::execute(const std::string& sql) {
    state_->count_statement();
    const int code = sqlite3_exec(state_->handle, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure_of(state_->handle, code);
    return {};
}

Result<SqliteStatement> SqliteConnection::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(state_->handle, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) {
        Failure failure = failure_of(state_->handle, code);
        failure.what = fmt::format("{} in: {}", failure.what, sql);
        return failure;
    }
    return SqliteStatement(statement, state_.get());
}

Result<SqliteStatement*> SqliteConnection::cached(std::string_view sql) {
    const auto found = state_->cached.find(sql.data());
    if (found != state_->cached.end()) return &found->second;
    auto statement = prepare(sql);
    if (!statement) return statement.failure();
    return &state_->cached.emplace(sql.data(), *std::move(statement)).first->second;
}

Result<void> SqliteConnection::run_cached(std::string_view sql) {
    const auto statement = cached(sql);
    if (!statement) return statement.failure();
    return (*statement)->run();
}

Result<std::int64_t> SqliteConnection::read_integer(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return statement.failure();
    const auto row = statement->step();
    if (!row) return row.failure();
    if (!*row) return Failure{FailureKind::corrupted, fmt::format("no row from: {}", sql)};
    return statement->integer(0);
}

Result<std::string> SqliteConnection::read_text(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return statement.failure();
    const auto row = statement->step();
    if (!row) return row.failure();
    if (!*row) return Failure{FailureKind::corrupted, fmt::format("no row from: {}", sql)};
    return std::string(statement->text(0));
}

bool SqliteConnection::is_in_transaction() const {
    return sqlite3_get_autocommit(state_->handle) == 0;
}

std::uint64_t SqliteConnection::statement_count() const {
    return state_->statement_count.load(std::memory_order_relaxed);
}

std::int64_t SqliteConnection::log_page_count() const {
    return state_->log_page_count;
}

Result<LogExtent> SqliteConnection::checkpoint() {
    int written = 0;
    int copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(state_->handle, nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                               &written, &copied);
    if (code != SQLITE_OK && code != SQLITE_BUSY) return failure_of(state_->handle, code);
    // SQLite syncs the database if all of the log was copied. If only a part was, a later sync
    // would fail for pages that are not copied again. Whoever copies beside a writer doesn't see
    // which.
    const bool may_be_a_part = copied < written || state_->copies_beside_a_writer;
    if (may_be_a_part) {
        if (auto synced = sync_database(); !synced) return synced.failure();
    }
    return LogExtent{.written = written, .copied = copied};
}

void SqliteConnection::leave_log() {
    sqlite3_db_config(state_->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Result<void> SqliteConnection::sync_database() {
    sqlite3_file* file = nullptr;
    int code = sqlite3_file_control(state_->handle, "main", SQLITE_FCNTL_FILE_POINTER,
                                    static_cast<void*>(&file));
    if (code == SQLITE_OK) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
    if (code == SQLITE_OK) return {};
    return Failure{FailureKind::in_doubt,
                   fmt::format("SQLite: the database was not synced ({})", sqlite3_errstr(code))};
}

Result<SqliteTransaction> SqliteTransaction::begin(SqliteConnection& connection, Kind kind) {
    auto begun = connection.run_cached(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!begun) return begun.failure();
    return SqliteTransaction(connection);
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

SqliteTransaction::~SqliteTransaction() {
    if (connection_ == nullptr || !connection_->is_in_transaction()) return;
    // If even this fails the connection is beyond use, and its next statement says so.
    static_cast<void>(connection_->run_cached("ROLLBACK"));
}

Result<void> SqliteTransaction::commit() {
    auto committed = connection_->run_cached("COMMIT");
    if (committed) {
        connection_ = nullptr;
        return {};
    }
    // The frames may have reached the log before its sync failed. Nobody may be told anything until
    // the store was closed and read again.
    return Failure{FailureKind::in_doubt, committed.failure().what};
}

}  // namespace dibs::database
