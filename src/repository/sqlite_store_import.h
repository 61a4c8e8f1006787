#pragma once

#include <memory>
#include <string>
#include <utility>

#include "database/file_lock.h"
#include "repository/sqlite_writer.h"
#include "repository/store_import.h"

namespace dibs::repository {

/// Takes rows into a SQLite store, as its one owner.
class SqliteStoreImport final : public StoreImport {
public:
    /// `connection` is the writer's, and its schema is up to date.
    SqliteStoreImport(std::string path, database::FileLock ownership,
                      database::SqliteConnection connection)
        : path_(std::move(path)),
          ownership_(std::move(ownership)),
          writer_(path_, std::move(connection)) {}

    base::Result<std::unique_ptr<ImportPortion>> begin() override;
    base::Result<std::unique_ptr<AuditSnapshot>> open_snapshot() override;

private:
    const std::string path_;
    database::FileLock ownership_;  // Given up last.
    SqliteWriter writer_;
};

}  // namespace dibs::repository
