#include "support/simulated_sqlite_files.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "base/ensure.h"

// Method: a VFS whose files are those of a `SimulatedDisk`. Names, times and chance are the default
// VFS's. What it says of its devices is what SQLite's own says on Unix, so that SQLite takes the
// same ways here as it does there. One lock around every call.

namespace dibs::test {

namespace {

using Kept = SimulatedSqliteFiles::Kept;

/// A file that a connection has open. SQLite allocates it and knows its first member.
struct OpenFile {
    sqlite3_file base;
    Kept* kept;
    std::string name;
    SimulatedDisk::File file;
    std::shared_ptr<SimulatedLocks> locks;
};

OpenFile& own(sqlite3_file* file) {
    return *reinterpret_cast<OpenFile*>(file);
}

Kept& kept_of(sqlite3_vfs* vfs) {
    return *static_cast<Kept*>(vfs->pAppData);
}

/// What SQLite's Unix files answer for a fate that is not that all works.
int code_of(Fate fate, int io_error, bool needs_room) {
    return fate == Fate::is_full && needs_room ? SQLITE_FULL : io_error;
}

bool works(Fate fate) {
    return fate == Fate::works || fate == Fate::lies || fate == Fate::swallows;
}

int close_file(sqlite3_file* file) {
    OpenFile& open = own(file);
    {
        const std::lock_guard locked(open.kept->mutex);
        open.locks->leave_memory(file);
        open.locks->unlock(file, SQLITE_LOCK_NONE);
    }
    open.~OpenFile();
    return SQLITE_OK;
}

int read(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
    OpenFile& open = own(file);
    const std::lock_guard locked(open.kept->mutex);
    const Fate fate = open.kept->fate(DiskCall::read, open.name);
    if (!works(fate)) return SQLITE_IOERR_READ;
    const std::vector<std::byte>& seen = open.file->seen;
    const auto from = std::min(static_cast<std::size_t>(at), seen.size());
    const auto wanted = static_cast<std::size_t>(size);
    const auto found = std::min(wanted, seen.size() - from);
    if (found > 0) std::memcpy(into, seen.data() + from, found);
    std::memset(static_cast<std::byte*>(into) + found, 0, wanted - found);
    return found == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    OpenFile& open = own(file);
    const std::lock_guard locked(open.kept->mutex);
    const Fate fate = open.kept->fate(DiskCall::write, open.name);
    const std::span all(static_cast<const std::byte*>(bytes), static_cast<std::size_t>(size));
    const auto place = static_cast<std::size_t>(at);
    if (works(fate)) {
        SimulatedDisk::write(*open.file, place, all);
        return SQLITE_OK;
    }
    if (fate != Fate::writes_half) return code_of(fate, SQLITE_IOERR_WRITE, true);
    SimulatedDisk::write(*open.file, place, all.first(all.size() / 2));
    return SQLITE_FULL;  // What SQLite makes of a write that was cut short.
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    OpenFile& open = own(file);
    const std::lock_guard locked(open.kept->mutex);
    if (!works(open.kept->fate(DiskCall::truncate, open.name))) return SQLITE_IOERR_TRUNCATE;
    SimulatedDisk::truncate(*open.file, static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int sync(sqlite3_file* file, int) {
    OpenFile& open = own(file);
    const std::lock_guard locked(open.kept->mutex);
    const Fate fate = open.kept->fate(DiskCall::sync, open.name);
    if (fate == Fate::lies) return SQLITE_OK;
    if (fate != Fate::works) {
        SimulatedDisk::fail_sync(*open.file);
        return fate == Fate::swallows ? SQLITE_OK : SQLITE_IOERR_FSYNC;
    }
    open.kept->disk->sync(*open.file);
    return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    OpenFile& open = own(file);
    const std::lock_guard locked(open.kept->mutex);
    if (!works(open.kept->fate(DiskCall::size, open.name))) return SQLITE_IOERR_FSTAT;
    *size = static_cast<sqlite3_int64>(open.file->seen.size());
    return SQLITE_OK;
}

int lock(sqlite3_file* file, int level) {
    const std::lock_guard locked(own(file).kept->mutex);
    return own(file).locks->lock(file, level) ? SQLITE_OK : SQLITE_BUSY;
}

int unlock(sqlite3_file* file, int level) {
    const std::lock_guard locked(own(file).kept->mutex);
    own(file).locks->unlock(file, level);
    return SQLITE_OK;
}

int check_reserved_lock(sqlite3_file* file, int* is_reserved) {
    const std::lock_guard locked(own(file).kept->mutex);
    *is_reserved = own(file).locks->is_reserved() ? 1 : 0;
    return SQLITE_OK;
}

int file_control(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
    return 4'096;
}

int device_characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_shared(sqlite3_file* file, int region, int size, int extends, void volatile** memory) {
    OpenFile& open = own(file);
    const std::lock_guard locked(open.kept->mutex);
    if (!works(open.kept->fate(DiskCall::map_shared, open.name))) return SQLITE_IOERR_SHMMAP;
    open.locks->join_memory(file);
    *memory = open.locks->region(static_cast<std::size_t>(region), static_cast<std::size_t>(size),
                                 extends != 0);
    return SQLITE_OK;
}

int lock_shared(sqlite3_file* file, int first, int count, int flags) {
    const std::lock_guard locked(own(file).kept->mutex);
    SimulatedLocks& locks = *own(file).locks;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        locks.unlock_slots(file, first, count);
        return SQLITE_OK;
    }
    const bool is_locked = (flags & SQLITE_SHM_EXCLUSIVE) != 0
                               ? locks.lock_exclusive(file, first, count)
                               : locks.lock_shared(file, first, count);
    return is_locked ? SQLITE_OK : SQLITE_BUSY;
}

void shared_barrier(sqlite3_file* file) {
    const std::lock_guard locked(own(file).kept->mutex);
}

int unmap_shared(sqlite3_file* file, int) {
    const std::lock_guard locked(own(file).kept->mutex);
    own(file).locks->leave_memory(file);
    return SQLITE_OK;
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

/// SQLite on Unix syncs the directory of a log that it made with the log's own first sync.
constexpr int logs = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;

int open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags, int* flags_out) {
    Kept& kept = kept_of(vfs);
    const std::lock_guard locked(kept.mutex);
    file->pMethods = nullptr;
    const std::string name = path == nullptr ? "" : path;
    if (!works(kept.fate(DiskCall::open, name))) return SQLITE_CANTOPEN;
    auto found = name.empty() ? std::make_shared<SimulatedFile>() : kept.disk->find(name);
    if (!found) {
        if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
        found = kept.disk->create(name);
        found->entry_is_to_sync = (flags & logs) != 0;
    }
    auto& locks = kept.locks[name];
    if (!locks || name.empty()) locks = std::make_shared<SimulatedLocks>();
    new (file) OpenFile{{&methods}, &kept, name, std::move(found), locks};
    if (flags_out != nullptr) *flags_out = flags;
    return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int syncs_directory) {
    Kept& kept = kept_of(vfs);
    const std::lock_guard locked(kept.mutex);
    if (!works(kept.fate(DiskCall::remove, name))) return SQLITE_IOERR_DELETE;
    if (!kept.disk->find(name)) return SQLITE_IOERR_DELETE_NOENT;
    kept.disk->remove(name);
    if (syncs_directory != 0) kept.disk->sync_directory();
    return SQLITE_OK;
}

int access(sqlite3_vfs* vfs, const char* name, int, int* is_there) {
    Kept& kept = kept_of(vfs);
    const std::lock_guard locked(kept.mutex);
    const SimulatedDisk::File file = kept.disk->find(name);
    *is_there = file ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* path) {
    sqlite3_snprintf(size, path, "%s", name);
    return SQLITE_OK;
}

/// SQLite waits only for a lock that another connection has, and here all stand still meanwhile.
int wait(sqlite3_vfs*, int microseconds) {
    return microseconds;
}

sqlite3_vfs* real_files = nullptr;
sqlite3_vfs simulated_files;

}  // namespace

std::string_view name_of(DiskCall call) {
    switch (call) {
        case DiskCall::open: return "open";
        case DiskCall::read: return "read";
        case DiskCall::write: return "write";
        case DiskCall::sync: return "sync";
        case DiskCall::truncate: return "truncate";
        case DiskCall::remove: return "remove";
        case DiskCall::size: return "size";
        case DiskCall::map_shared: return "map_shared";
    }
    return "unknown";
}

bool is_change(DiskCall call) {
    return call == DiskCall::write || call == DiskCall::sync || call == DiskCall::truncate ||
           call == DiskCall::remove;
}

Fate SimulatedSqliteFiles::Kept::fate(DiskCall call, std::string_view file) const {
    return decide ? decide(call, file) : Fate::works;
}

SimulatedSqliteFiles::SimulatedSqliteFiles() {
    base::ensure(real_files == nullptr, "there is one at a time");
    kept_.disk = &disk_;
    real_files = sqlite3_vfs_find(nullptr);
    simulated_files = *real_files;
    simulated_files.zName = "dibs-simulated";
    simulated_files.pNext = nullptr;
    simulated_files.pAppData = &kept_;
    simulated_files.szOsFile = sizeof(OpenFile);
    simulated_files.xOpen = open;
    simulated_files.xDelete = remove;
    simulated_files.xAccess = access;
    simulated_files.xFullPathname = full_path;
    simulated_files.xSleep = wait;
    constexpr int as_default = 1;
    base::ensure(sqlite3_vfs_register(&simulated_files, as_default) == SQLITE_OK,
                 "a VFS can be registered");
}

SimulatedSqliteFiles::~SimulatedSqliteFiles() {
    sqlite3_vfs_unregister(&simulated_files);
    constexpr int as_default = 1;
    sqlite3_vfs_register(std::exchange(real_files, nullptr), as_default);
}

void SimulatedSqliteFiles::decide(Decide decide) {
    const std::lock_guard locked(kept_.mutex);
    kept_.decide = std::move(decide);
}

}  // namespace dibs::test
