#pragma once

#include <atomic>
#include <cstdint>

struct sqlite3_vfs;

namespace dibs::test {

/// SQLite's files with faults to order: while this is there, every connection that is opened in
/// this process reads and writes through it. Connections must be closed before it goes. One at a
/// time; any thread may order a fault.
class FaultySqliteFiles {
public:
    FaultySqliteFiles();
    ~FaultySqliteFiles();

    FaultySqliteFiles(const FaultySqliteFiles&) = delete;
    FaultySqliteFiles& operator=(const FaultySqliteFiles&) = delete;

    /// The next sync of a write-ahead log fails, after everything was written.
    void fail_next_log_sync() { log_syncs_to_fail = 1; }
    /// So do the next so many.
    void fail_next_log_syncs(int count) { log_syncs_to_fail = count; }
    /// The write-ahead log takes so many more bytes, and what is beyond fails as on a full disk.
    void fail_log_write_after(int bytes) { log_bytes_to_failure = bytes; }

    /// How many faults have struck.
    [[nodiscard]] int struck_count() const { return struck; }

    // For the files themselves.
    std::atomic<int> log_syncs_to_fail = 0;
    std::atomic<int> log_bytes_to_failure = -1;
    std::atomic<int> struck = 0;
};

}  // namespace dibs::test
