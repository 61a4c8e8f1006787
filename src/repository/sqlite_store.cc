#include "repository/sqlite_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "database/left_log.h"
#include "repository/migrations.h"
#include "repository/sqlite_audit_snapshot.h"
#include "repository/sqlite_store_import.h"

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Result;
using database::FileLock;
using database::SqliteConnection;

namespace {

std::string note_of(const StoreOwner& owner) {
    std::string note = fmt::format("dibs {} (process {})", owner.role, getpid());
    if (!owner.call_at.empty()) {
        note += fmt::format("; use its operators' API at {} instead", owner.call_at);
    }
    return note;
}

/// The file behind `path`, so that a link to a store is not taken for another store.
std::string file_behind(const std::string& path) {
    std::error_code error;
    const std::filesystem::path file = std::filesystem::weakly_canonical(path, error);
    return error ? path : file.string();
}

Failure about(const std::string& path, const Failure& failure) {
    // What the connection says of the file begins with its name already.
    if (failure.what.starts_with(path + ": ")) {
        return {failure.kind, fmt::format("the store {}", failure.what)};
    }
    return {failure.kind, fmt::format("the store {}: {}", path, failure.what)};
}

Result<FileLock> take_ownership(const std::string& path, const StoreOwner& owner) {
    auto lock = FileLock::take(file_behind(path) + ".owner");
    if (lock) {
        lock->leave_note(note_of(owner));
        return lock;
    }
    if (lock.failure().kind != FailureKind::overloaded) return about(path, lock.failure());
    return Failure{FailureKind::unavailable,
                   fmt::format("the store {} is held by {}", path, lock.failure().what)};
}

/// Before the owner's note of a store is left whose name somebody mistyped.
Result<void> expect_it_is_there(const std::string& path) {
    std::error_code error;
    if (std::filesystem::exists(path, error)) return {};
    return about(path, {FailureKind::unavailable, "there is no such file"});
}

/// Refuses a database of something else before anything of it is changed, or an owner's note is
/// left beside it.
Result<void> look_before_writing(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return {};
    auto connection = SqliteConnection::open(path, SqliteConnection::Mode::read_only);
    if (!connection) return connection.failure();
    const auto number = schema_number(*connection);
    if (!number) return number.failure();
    return {};
}

/// Refuses what a copy that was cut off has left.
Result<void> expect_a_whole_store(SqliteConnection& connection) {
    const auto least = connection.read_integer("SELECT min(number) FROM schema_migration");
    if (!least) return least.failure();
    if (*least == unfinished_copy_number) return unfinished_copy();
    return {};
}

std::int64_t newest_schema_number() {
    return sqlite_migrations().back().number;
}

/// A copy is nothing to ask the owner's API for: it waits until the owner has gone.
Result<FileLock> take_to_copy(const std::string& path) {
    auto lock = FileLock::take(file_behind(path) + ".owner");
    if (lock) {
        lock->leave_note(note_of({.role = "copy", .call_at = {}}));
        return lock;
    }
    if (lock.failure().kind != FailureKind::overloaded) return about(path, lock.failure());
    const std::string& note = lock.failure().what;
    return Failure{FailureKind::unavailable,
                   fmt::format("the store {} is held by {}: stop it first", path,
                               note.substr(0, note.find(';')))};
}

/// Whether the log is damaged. Beside an owner it grows while it is read, which can look like it:
/// so what is seen once is looked at again.
Result<void> look_at_log(const std::string& path) {
    const auto first = database::find_log_damage(path);
    if (!first) return first.failure();
    if (!*first) return {};
    const auto second = database::find_log_damage(path);
    if (!second) return second.failure();
    if (!*second || (*second)->at_byte != (*first)->at_byte) return {};
    return database::damage_failure(path, **first);
}

/// Opens the store to read it; or, with the ownership, to copy it: half a copy is none to copy
/// from.
Result<std::unique_ptr<AuditSnapshot>> open_to_read(const std::string& path,
                                                    std::optional<FileLock> ownership) {
    auto connection = SqliteConnection::open(path, SqliteConnection::Mode::read_only);
    if (!connection) return about(path, connection.failure());
    const auto number = schema_number(*connection);
    if (!number) return about(path, number.failure());
    if (*number != newest_schema_number()) {
        return about(path, other_schema(*number, newest_schema_number()));
    }
    if (ownership) {
        if (auto whole = expect_a_whole_store(*connection); !whole) {
            return about(path, whole.failure());
        }
    }
    if (auto looked = look_at_log(path); !looked) return about(path, looked.failure());
    auto snapshot = SqliteAuditSnapshot::open(*std::move(connection), std::move(ownership));
    if (!snapshot) return about(path, snapshot.failure());
    return std::unique_ptr<AuditSnapshot>(*std::move(snapshot));
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path,
                                                       const StoreOwner& owner, bool may_be_made) {
    if (!may_be_made) {
        if (auto there = expect_it_is_there(path); !there) return there.failure();
    }
    if (auto looked = look_before_writing(path); !looked) return about(path, looked.failure());
    auto lock = take_ownership(path, owner);
    if (!lock) return lock.failure();
    auto connection = SqliteWriter::open_connection(path);
    if (!connection) return about(path, connection.failure());
    const auto number = migrate(*connection, sqlite_migrations(), base::SystemClock().now());
    if (!number) return about(path, number.failure());
    if (auto whole = expect_a_whole_store(*connection); !whole) {
        return about(path, whole.failure());
    }
    return std::unique_ptr<SqliteStore>(
        new SqliteStore(path, *std::move(lock), *std::move(connection)));
}

SqliteStore::SqliteStore(std::string path, FileLock lock, SqliteConnection connection)
    : path_(std::move(path)),
      lock_(std::move(lock)),
      writer_(path_, std::move(connection)),
      readers_(path_),
      coupons_(writer_, readers_),
      compactions_(writer_, readers_) {}

Result<std::unique_ptr<AuditSnapshot>> SqliteStore::open_snapshot() {
    return open_sqlite_for_audit(path_);
}

Result<void> SqliteStore::check() {
    auto reader = readers_.lend();
    if (!reader) return reader.failure();
    const auto number = (*reader)->read_integer("SELECT max(number) FROM schema_migration");
    if (!number) return number.failure();
    if (*number == newest_schema_number()) return {};
    return other_schema(*number, newest_schema_number());
}

StoreFacts SqliteStore::facts() {
    StoreFacts facts{.schema_number = newest_schema_number(),
                     .size_bytes = 0,
                     .statement_count = writer_.statement_count() + readers_.statement_count(),
                     .checkpoint_count = writer_.checkpoint_count(),
                     .round_trip_count = 0,
                     .durability =
                         "synced to this machine's disk before it is acknowledged: "
                         "outlives the process and a power cut, not the disk"};
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::error_code error;
        const auto size = std::filesystem::file_size(path_ + suffix, error);
        if (!error) facts.size_bytes += size;
    }
    return facts;
}

void SqliteStore::announce(const StoreOwner& owner) {
    lock_.leave_note(note_of(owner));
}

Result<std::unique_ptr<AuditSnapshot>> open_sqlite_for_audit(const std::string& path) {
    return open_to_read(path, std::nullopt);
}

Result<std::unique_ptr<AuditSnapshot>> open_sqlite_to_copy(const std::string& path) {
    if (auto there = expect_it_is_there(path); !there) return there.failure();
    if (auto looked = look_before_writing(path); !looked) return about(path, looked.failure());
    auto lock = take_to_copy(path);
    if (!lock) return lock.failure();
    return open_to_read(path, *std::move(lock));
}

Result<std::unique_ptr<StoreImport>> open_sqlite_to_import(const std::string& path) {
    if (auto looked = look_before_writing(path); !looked) return about(path, looked.failure());
    auto lock = take_to_copy(path);
    if (!lock) return lock.failure();
    auto connection = SqliteWriter::open_connection(path);
    if (!connection) return about(path, connection.failure());
    const auto number = migrate(*connection, sqlite_migrations(), base::SystemClock().now());
    if (!number) return about(path, number.failure());
    return std::unique_ptr<StoreImport>(
        std::make_unique<SqliteStoreImport>(path, *std::move(lock), *std::move(connection)));
}

Result<MigrationReport> migrate_sqlite(const std::string& path) {
    if (auto looked = look_before_writing(path); !looked) return about(path, looked.failure());
    auto lock = take_ownership(path, StoreOwner{.role = "migrate", .call_at = {}});
    if (!lock) return lock.failure();
    auto connection = SqliteWriter::open_connection(path);
    if (!connection) return about(path, connection.failure());
    const auto before = schema_number(*connection);
    if (!before) return about(path, before.failure());
    const auto after = migrate(*connection, sqlite_migrations(), base::SystemClock().now());
    if (!after) return about(path, after.failure());
    return MigrationReport{*before, *after};
}

}  // namespace dibs::repository
