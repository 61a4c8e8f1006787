#include "support/faulty_sqlite_files.h"

#include <sqlite3.h>

#include <cstddef>
#include <new>

#include "base/ensure.h"

// Method: a VFS that is the default one but for xOpen, which hands out files of our own; each of
// these holds the real file behind itself and passes every call on, but for the faults. SQLite
// allocates `szOsFile` bytes for a file, so ours comes first and the real one right after it.

namespace dibs::test {

namespace {

std::atomic<FaultySqliteFiles*> the_faults = nullptr;

struct FaultyFile {
    sqlite3_file base;
    bool is_log;
};

// A multiple of the strictest alignment, so that the real file behind is aligned, too.
constexpr std::size_t own_size = (sizeof(FaultyFile) + alignof(std::max_align_t) - 1) /
                                 alignof(std::max_align_t) * alignof(std::max_align_t);

sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(file) + own_size);
}

bool is_log(sqlite3_file* file) {
    return reinterpret_cast<FaultyFile*>(file)->is_log;
}

/// Takes one of `count` if there is one left.
bool strikes(std::atomic<int>& count) {
    int left = count;
    while (left > 0) {
        if (count.compare_exchange_weak(left, left - 1)) {
            ++the_faults.load()->struck;
            return true;
        }
    }
    return false;
}

int close_file(sqlite3_file* file) {
    return real(file)->pMethods->xClose(real(file));
}
int read(sqlite3_file* file, void* bytes, int size, sqlite3_int64 at) {
    return real(file)->pMethods->xRead(real(file), bytes, size, at);
}
int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    if (is_log(file)) {
        std::atomic<int>& left = the_faults.load()->log_bytes_to_failure;
        if (left >= 0 && left < size) {
            const int last = left.exchange(-1);
            ++the_faults.load()->struck;
            if (last > 0) real(file)->pMethods->xWrite(real(file), bytes, last, at);
            return SQLITE_FULL;
        }
        if (left >= 0) left -= size;
    }
    return real(file)->pMethods->xWrite(real(file), bytes, size, at);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
    return real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags) {
    if (is_log(file) && strikes(the_faults.load()->log_syncs_to_fail)) return SQLITE_IOERR_FSYNC;
    return real(file)->pMethods->xSync(real(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
}
int lock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
}
int unlock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
}
int check_reserved_lock(sqlite3_file* file, int* is_reserved) {
    return real(file)->pMethods->xCheckReservedLock(real(file), is_reserved);
}
int file_control(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
    return real(file)->pMethods->xSectorSize(real(file));
}
int device_characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** memory) {
    return real(file)->pMethods->xShmMap(real(file), region, size, extend, memory);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}
void shared_barrier(sqlite3_file* file) {
    real(file)->pMethods->xShmBarrier(real(file));
}
int unmap_shared(sqlite3_file* file, int deletes) {
    return real(file)->pMethods->xShmUnmap(real(file), deletes);
}

// Version 2: with shared memory, without memory-mapped reading.
constexpr sqlite3_io_methods methods = {2,
                                        close_file,
                                        read,
                                        write,
                                        truncate,
                                        sync,
                                        file_size,
                                        lock,
                                        unlock,
                                        check_reserved_lock,
                                        file_control,
                                        sector_size,
                                        device_characteristics,
                                        map_shared,
                                        lock_shared,
                                        shared_barrier,
                                        unmap_shared,
                                        nullptr,
                                        nullptr};

sqlite3_vfs* real_files = nullptr;
sqlite3_vfs faulty_files;

int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* flags_out) {
    auto* const own = new (file) FaultyFile{{nullptr}, (flags & SQLITE_OPEN_WAL) != 0};
    real(file)->pMethods = nullptr;
    const int code = real_files->xOpen(real_files, name, real(file), flags, flags_out);
    // SQLite closes a file that failed to open if, and only if, it has methods.
    if (real(file)->pMethods != nullptr) own->base.pMethods = &methods;
    return code;
}

}  // namespace

FaultySqliteFiles::FaultySqliteFiles() {
    base::ensure(the_faults.exchange(this) == nullptr, "there is one at a time");
    real_files = sqlite3_vfs_find(nullptr);
    faulty_files = *real_files;
    faulty_files.zName = "dibs-faulty";
    faulty_files.pNext = nullptr;
    faulty_files.szOsFile = real_files->szOsFile + static_cast<int>(own_size);
    faulty_files.xOpen = open;
    constexpr int as_default = 1;
    base::ensure(sqlite3_vfs_register(&faulty_files, as_default) == SQLITE_OK,
                 "a VFS can be registered");
}

FaultySqliteFiles::~FaultySqliteFiles() {
    sqlite3_vfs_unregister(&faulty_files);
    constexpr int as_default = 1;
    sqlite3_vfs_register(real_files, as_default);
    the_faults = nullptr;
}

}  // namespace dibs::test
