#pragma once

#include <cstddef>
#include <memory>

struct sqlite3_file;
struct sqlite3_vfs;

namespace dibs::database {

/// SQLite's own way to its files but for how one is opened: a VFS (sqlite.org/vfs.html) that is
/// registered while this is there. Belongs to one connection, which must not outlive it.
class SqliteFiles {
public:
    /// As a VFS's `xOpen`; `real_files` is what would be asked without this. Any thread.
    using Open = int (*)(sqlite3_vfs* real_files, const char* name, sqlite3_file* file, int flags,
                         int* flags_out);

    /// `more_bytes`: what `open` needs for each file beside the real one, in the same piece of
    /// memory, which SQLite allocates.
    SqliteFiles(Open open, std::size_t more_bytes);
    ~SqliteFiles();
    SqliteFiles(const SqliteFiles&) = delete;
    SqliteFiles& operator=(const SqliteFiles&) = delete;

    /// What `sqlite3_open_v2` knows it by.
    [[nodiscard]] const char* name() const;

    /// `size`, or as much more as it takes for whatever lies behind it to be aligned.
    [[nodiscard]] static constexpr std::size_t aligned(std::size_t size) {
        constexpr std::size_t alignment = alignof(std::max_align_t);
        return (size + alignment - 1) / alignment * alignment;
    }

private:
    struct Registered;
    static int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
                         int* flags_out);

    std::unique_ptr<Registered> registered_;
};

}  // namespace dibs::database
