#pragma once

#include <rocksdb/db.h>

#include <array>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/result.h"

namespace dibs::bench {

/// RocksDB in a folder, with a column family for each table of the hot path, set as whoever knows
/// it would set it for these rows: see the `.cc`. Any thread may use it.
class RocksdbTables {
public:
    /// Opens what is there, or makes it. Reads a log that was left. Fails: unavailable, corrupted.
    [[nodiscard]] static base::Result<RocksdbTables> open(const std::filesystem::path& folder);

    [[nodiscard]] rocksdb::DB& database() const { return *database_; }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* coupons() const { return families_[1].get(); }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* history() const { return families_[2].get(); }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* inventory() const { return families_[3].get(); }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* registered() const { return families_[4].get(); }

    /// Writes out what is in memory, and waits until nothing is left to be compacted.
    /// Fails: unavailable.
    [[nodiscard]] base::Result<void> settle();

    /// Waits for what its threads have begun, and has them begin nothing more.
    /// Fails: unavailable.
    [[nodiscard]] base::Result<void> hold_still();

private:
    // RocksDB wants its handles back before it closes.
    using Family = std::unique_ptr<rocksdb::ColumnFamilyHandle,
                                   std::function<void(rocksdb::ColumnFamilyHandle*)>>;
    RocksdbTables() = default;

    std::unique_ptr<rocksdb::DB> database_;
    std::array<Family, 5> families_;  ///< The first is RocksDB's own `default`, which is empty.
};

/// A status that is not ok, in our words: corrupted, or unavailable.
[[nodiscard]] base::Failure rocksdb_failure(const rocksdb::Status& status);

}  // namespace dibs::bench
