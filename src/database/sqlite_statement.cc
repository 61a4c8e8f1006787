#include "database/sqlite_statement.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "base/ensure.h"
#include "database/sqlite_state.h"

namespace dibs::database {

using base::ensure;
using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

FailureKind kind_of(int code) {
    switch (code & 0xFF) {
        case SQLITE_CONSTRAINT: return FailureKind::refused;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return FailureKind::corrupted;
        case SQLITE_ERROR:
        case SQLITE_MISUSE: return FailureKind::invalid;
        default: return FailureKind::unavailable;
    }
}

}  // namespace

Failure failure_of(sqlite3* handle, int code) {
    const std::string_view meaning = sqlite3_errstr(code);
    const std::string_view message = handle ? sqlite3_errmsg(handle) : meaning;
    // Where SQLite has nothing more to say than the code's meaning, that is said once.
    if (message == meaning) return {kind_of(code), fmt::format("SQLite: {}", message)};
    return {kind_of(code), fmt::format("SQLite: {} ({})", message, meaning)};
}

SqliteStatement::SqliteStatement(sqlite3_stmt* statement, SqliteState* connection)
    : statement_(statement), connection_(connection) {}

SqliteStatement::~SqliteStatement() {
    sqlite3_finalize(statement_);
}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), connection_(other.connection_) {}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
    std::swap(statement_, other.statement_);
    std::swap(connection_, other.connection_);
    return *this;
}

Result<bool> SqliteStatement::step() {
    if (!sqlite3_stmt_busy(statement_)) connection_->count_statement();
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return failure_of(connection_->handle, code);
}

Result<void> SqliteStatement::run() {
    const SqliteReset reset_at_the_end(*this);
    while (true) {
        const auto row = step();
        if (!row) return row.failure();
        if (!*row) return {};
    }
}

void SqliteStatement::reset() {
    // What reset returns is the failure of the last step, which was told there.
    static_cast<void>(sqlite3_reset(statement_));
}

std::int64_t SqliteStatement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view SqliteStatement::text(int column) const {
    const auto* const bytes = sqlite3_column_text(statement_, column);
    if (bytes == nullptr) return {};
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool SqliteStatement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void SqliteStatement::bind_one(int place, std::int64_t value) {
    ensure(sqlite3_bind_int64(statement_, place, value) == SQLITE_OK, "an integer can be bound");
}

void SqliteStatement::bind_one(int place, std::string_view value) {
    // A null pointer would bind NULL; an empty text is a text.
    const char* const bytes = value.data() == nullptr ? "" : value.data();
    ensure(sqlite3_bind_text(statement_, place, bytes, static_cast<int>(value.size()),
                             SQLITE_STATIC) == SQLITE_OK,
           "a text can be bound");
}

void SqliteStatement::bind_one(int place, std::nullopt_t) {
    ensure(sqlite3_bind_null(statement_, place) == SQLITE_OK, "NULL can be bound");
}

}  // namespace dibs::database
