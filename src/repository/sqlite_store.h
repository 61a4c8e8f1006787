#pragma once

#include <memory>
#include <string>

#include "database/file_lock.h"
#include "repository/sqlite_compaction_repository.h"
#include "repository/sqlite_coupon_repository.h"
#include "repository/sqlite_readers.h"
#include "repository/sqlite_writer.h"
#include "repository/store.h"

namespace dibs::repository {

/// A store in one SQLite file, with one owner.
class SqliteStore final : public Store {
public:
    /// Takes the ownership, migrates, opens. `may_be_made`: as in `StoreOptions`. Fails: as
    /// `open_store`.
    [[nodiscard]] static base::Result<std::unique_ptr<SqliteStore>> open(const std::string& path,
                                                                         const StoreOwner& owner,
                                                                         bool may_be_made);

    CouponRepository& coupons() override { return coupons_; }
    CompactionRepository& compactions() override { return compactions_; }
    GroupScope group_scope() const override { return GroupScope::all_coupons; }
    bool has_other_writers() const override { return false; }
    std::vector<std::unique_ptr<StreamWatch>> watch_streams() override { return {}; }
    base::Result<std::unique_ptr<AuditSnapshot>> open_snapshot() override;
    base::Result<void> check() override;
    StoreFacts facts() override;
    base::Result<void> tidy(bool others_wait) override { return writer_.tidy(others_wait); }
    void announce(const StoreOwner& owner) override;

private:
    SqliteStore(std::string path, database::FileLock lock, database::SqliteConnection connection);

    const std::string path_;
    database::FileLock lock_;
    SqliteWriter writer_;
    SqliteReaders readers_;
    SqliteCouponRepository coupons_;
    SqliteCompactionRepository compactions_;
};

/// Opens the store in this file to read it. Fails: as `open_store_for_audit`.
[[nodiscard]] base::Result<std::unique_ptr<AuditSnapshot>> open_sqlite_for_audit(
    const std::string& path);

/// Opens the store in this file to copy it elsewhere, as its owner for as long as the snapshot
/// lives. Fails: as `open_store_to_copy`.
[[nodiscard]] base::Result<std::unique_ptr<AuditSnapshot>> open_sqlite_to_copy(
    const std::string& path);

/// Opens the store in this file to bring rows in, as its owner. Fails: as `open_store_to_import`.
[[nodiscard]] base::Result<std::unique_ptr<StoreImport>> open_sqlite_to_import(
    const std::string& path);

/// Brings the schema up to date and says what was done. Fails: as `migrate_store`.
[[nodiscard]] base::Result<MigrationReport> migrate_sqlite(const std::string& path);

}  // namespace dibs::repository
