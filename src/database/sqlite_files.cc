#include "database/sqlite_files.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <atomic>
#include <string>

#include "base/ensure.h"

namespace dibs::database {

// The VFS comes first: SQLite gives it back to `open_file`, which so finds what stands behind it.
struct SqliteFiles::Registered {
    sqlite3_vfs vfs;
    sqlite3_vfs* real_files;
    Open open;
    std::string name;
};

int SqliteFiles::open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                           int* flags_out) {
    const auto& registered = *reinterpret_cast<const Registered*>(vfs);
    return registered.open(registered.real_files, name, file, flags, flags_out);
}

SqliteFiles::SqliteFiles(Open open, std::size_t more_bytes)
    : registered_(std::make_unique<Registered>()) {
    static std::atomic<int> count = 0;
    registered_->real_files = sqlite3_vfs_find(nullptr);
    registered_->open = open;
    registered_->name = fmt::format("dibs-{}", ++count);
    sqlite3_vfs& vfs = registered_->vfs;
    vfs = *registered_->real_files;
    vfs.pNext = nullptr;
    vfs.zName = registered_->name.c_str();
    vfs.szOsFile = static_cast<int>(aligned(static_cast<std::size_t>(vfs.szOsFile)) + more_bytes);
    vfs.xOpen = open_file;
    constexpr int not_as_default = 0;
    base::ensure(sqlite3_vfs_register(&vfs, not_as_default) == SQLITE_OK,
                 "a VFS can be registered");
}

SqliteFiles::~SqliteFiles() {
    sqlite3_vfs_unregister(&registered_->vfs);
}

const char* SqliteFiles::name() const {
    return registered_->name.c_str();
}

}  // namespace dibs::database
