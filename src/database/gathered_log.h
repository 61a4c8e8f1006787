#pragma once

#include <memory>

#include "database/sqlite_files.h"

namespace dibs::database {

/// A way to SQLite's files on which the write-ahead log reaches the kernel in a few large writes
/// instead of two small ones for each page. Only for connections that sync each commit
/// (`synchronous = FULL`): what they wrote is handed over before the sync, and nobody else reads a
/// commit before its sync.
///
/// A write that fails is told at the sync, so a full disk is a commit in doubt.
[[nodiscard]] std::unique_ptr<SqliteFiles> files_with_gathered_log();

}  // namespace dibs::database
