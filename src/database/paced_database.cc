#include "database/paced_database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <new>
#include <string>

#include "base/ensure.h"

// Method: a VFS that is the default one but for xOpen. The database is the default's own file with
// one of its methods exchanged, xWrite; what that needs lies behind the file, in the same piece of
// memory, which SQLite allocates.

namespace dibs::database {

namespace {

// measured: a log of which 384 KiB are written and synced every four milliseconds, and beside it
// random pages of 2 KiB written to a database of 256 MiB. The log's write and sync take 0.9 ms with
// nobody beside it (median) and 2.0 at the 99th percentile; 1.3 and 17 if 20,000 pages are synced
// together, 5.3 and 7.6 with 256, 2.0 and 4.0 with 64. In a second 60, 51 and 39 thousand pages are
// copied so. choice: 256, since with 64 a rush dirties pages as fast as they are copied.
constexpr int pages_per_sync = 256;

/// What lies behind a database's file.
struct Pace {
    sqlite3_io_methods methods;
    const sqlite3_io_methods* real_methods;
    int unsynced_pages;
};

constexpr int aligned(int size) {
    constexpr int alignment = alignof(std::max_align_t);
    return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

// The VFS comes first: SQLite gives it back to `open`, which so finds what stands behind it.
struct PacedDatabase::Files {
    sqlite3_vfs vfs;
    sqlite3_vfs* real_files;
    std::string name;
};

namespace {

Pace* pace_of(sqlite3_file* file) {
    // The methods are the first member of the pace, so they tell where it lies.
    return const_cast<Pace*>(reinterpret_cast<const Pace*>(file->pMethods));
}

int write_page(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    Pace& pace = *pace_of(file);
    if (const int code = pace.real_methods->xWrite(file, bytes, size, at); code != SQLITE_OK) {
        return code;
    }
    if (++pace.unsynced_pages < pages_per_sync) return SQLITE_OK;
    pace.unsynced_pages = 0;
    return pace.real_methods->xSync(file, SQLITE_SYNC_NORMAL);
}

int open_paced(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags,
               int* flags_out) {
    sqlite3_vfs* const real_files = reinterpret_cast<PacedDatabase::Files*>(vfs)->real_files;
    const int code = real_files->xOpen(real_files, name, file, flags, flags_out);
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || file->pMethods == nullptr) return code;
    auto* const place = reinterpret_cast<std::byte*>(file) + aligned(real_files->szOsFile);
    auto* const pace = new (place)
        Pace{.methods = *file->pMethods, .real_methods = file->pMethods, .unsynced_pages = 0};
    pace->methods.xWrite = write_page;
    file->pMethods = &pace->methods;
    return code;
}

}  // namespace

PacedDatabase::PacedDatabase() : files_(std::make_unique<Files>()) {
    static std::atomic<int> count = 0;
    files_->real_files = sqlite3_vfs_find(nullptr);
    files_->name = fmt::format("dibs-paced-database-{}", ++count);
    files_->vfs = *files_->real_files;
    files_->vfs.pNext = nullptr;
    files_->vfs.zName = files_->name.c_str();
    files_->vfs.szOsFile = aligned(files_->real_files->szOsFile) + static_cast<int>(sizeof(Pace));
    files_->vfs.xOpen = open_paced;
    constexpr int not_as_default = 0;
    base::ensure(sqlite3_vfs_register(&files_->vfs, not_as_default) == SQLITE_OK,
                 "a VFS can be registered");
}

PacedDatabase::~PacedDatabase() {
    sqlite3_vfs_unregister(&files_->vfs);
}

const char* PacedDatabase::name() const {
    return files_->name.c_str();
}

}  // namespace dibs::database
