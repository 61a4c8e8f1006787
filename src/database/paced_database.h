#pragma once

#include <memory>

#include "database/sqlite_files.h"

namespace dibs::database {

/// A way to SQLite's files on which the database itself is synced after every few pages that are
/// written to it: for whoever copies a log beside somebody who commits. Written all at once and
/// synced at the end, the pages of a long log keep the disk busy for as long as that takes, and
/// every commit stands behind them.
///
/// A sync that fails is told as a write that failed.
[[nodiscard]] std::unique_ptr<SqliteFiles> files_with_paced_database();

}  // namespace dibs::database
