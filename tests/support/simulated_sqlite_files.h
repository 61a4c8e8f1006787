#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "support/simulated_disk.h"
#include "support/simulated_locks.h"

namespace dibs::test {

/// What SQLite asks of its files.
enum class DiskCall : std::uint8_t { open, read, write, sync, truncate, remove, size, map_shared };

[[nodiscard]] std::string_view name_of(DiskCall call);

/// Whether a call changes what is kept, or when.
[[nodiscard]] bool is_change(DiskCall call);

/// What becomes of a call.
enum class Fate : std::uint8_t {
    works,
    fails,        ///< EIO, and nothing was done.
    is_full,      ///< ENOSPC: the same, for what needs room; EIO for what doesn't.
    writes_half,  ///< The first half is written, and the rest doesn't fit. EIO for what isn't one.
    lies,         ///< A sync says that it worked and does nothing.
    swallows,     ///< A sync fails, and whoever passed it on says that it worked.
};

/// SQLite's files on a simulated disk: while this is there, every connection that is opened in this
/// process has its files there. Connections must be closed before it goes. One at a time. Any
/// thread; `decide` is called under one lock, call by call.
class SimulatedSqliteFiles {
public:
    /// Decides what becomes of a call on the file of that name (temporary files have none).
    using Decide = std::function<Fate(DiskCall call, std::string_view file)>;

    SimulatedSqliteFiles();
    ~SimulatedSqliteFiles();
    SimulatedSqliteFiles(const SimulatedSqliteFiles&) = delete;
    SimulatedSqliteFiles& operator=(const SimulatedSqliteFiles&) = delete;

    /// Only while no connection is open.
    [[nodiscard]] SimulatedDisk& disk() { return disk_; }
    /// From now on. Nothing: every call works.
    void decide(Decide decide);

    /// For the files themselves.
    struct Kept {
        std::mutex mutex;
        SimulatedDisk* disk = nullptr;
        Decide decide;
        std::map<std::string, std::shared_ptr<SimulatedLocks>, std::less<>> locks;

        [[nodiscard]] Fate fate(DiskCall call, std::string_view file) const;
    };

private:
    SimulatedDisk disk_;
    Kept kept_;
};

}  // namespace dibs::test
