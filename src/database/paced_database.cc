#include "database/paced_database.h"

#include <sqlite3.h>

#include <cstddef>
#include <new>

// Method: the database is the default's own file with one of its methods exchanged, xWrite; what
// that needs lies behind the file.

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

int open_paced(sqlite3_vfs* real_files, const char* name, sqlite3_file* file, int flags,
               int* flags_out) {
    const int code = real_files->xOpen(real_files, name, file, flags, flags_out);
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || file->pMethods == nullptr) return code;
    auto* const place = reinterpret_cast<std::byte*>(file) +
                        SqliteFiles::aligned(static_cast<std::size_t>(real_files->szOsFile));
    auto* const pace = new (place)
        Pace{.methods = *file->pMethods, .real_methods = file->pMethods, .unsynced_pages = 0};
    pace->methods.xWrite = write_page;
    file->pMethods = &pace->methods;
    return code;
}

}  // namespace

std::unique_ptr<SqliteFiles> files_with_paced_database() {
    return std::make_unique<SqliteFiles>(open_paced, sizeof(Pace));
}

}  // namespace dibs::database
