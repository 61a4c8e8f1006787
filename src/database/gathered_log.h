#pragma once

#include <memory>

namespace dibs::database {

/// A way to SQLite's files on which the write-ahead log reaches the kernel in a few large writes
/// instead of two small ones for each page. Only for connections that sync each commit
/// (`synchronous = FULL`): what they wrote is handed over before the sync, and nobody else reads a
/// commit before its sync. Belongs to one connection, which must not outlive it.
///
/// A write that fails is told at the sync, so a full disk is a commit in doubt.
class GatheredLog {
public:
    GatheredLog();
    ~GatheredLog();
    GatheredLog(const GatheredLog&) = delete;
    GatheredLog& operator=(const GatheredLog&) = delete;

    /// What `sqlite3_open_v2` knows it by.
    [[nodiscard]] const char* name() const;

    struct Files;

private:
    std::unique_ptr<Files> files_;
};

}  // namespace dibs::database
