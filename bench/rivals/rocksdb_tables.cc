#include "rivals/rocksdb_tables.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

constexpr std::size_t buffer_mebibyte = 1024 * 1024;
constexpr std::chrono::milliseconds settling_look_distance{1};

// What was tried, each for two seconds on an empty store and on one with a million registrations,
// in groups of 256 and of 32; single runs, where one and the same setting came to 66 to 117
// thousand a second:
// - LZ4 instead of no compression: half of the disk and a quarter less written, at the same speed.
// - 256 MiB in memory instead of 64: no faster; but SQLite's cache and log have 72 MiB. 16 MiB: up
//   to seven times as much was written, and it was half as fast on the filled store.
// - No filter over what is in memory, new log files instead of used ones, one background thread,
//   several writers at once, universal compaction of the registered coupons: no difference that
//   could be told from noise.

rocksdb::DBOptions database_options() {
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.max_background_jobs = 2;
    options.db_write_buffer_size = 64 * buffer_mebibyte;
    options.recycle_log_file_num = 4;
    // Damage in the middle of the log is refused; only its end may be torn. The default would go
    // without a word to where the damage begins, and can't use files again.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    // One thread writes at a time: what is for several would only cost.
    options.allow_concurrent_memtable_write = false;
    options.enable_write_thread_adaptive_yield = false;
    // Tables go to the disk as they are written, and not in one piece at their end.
    options.bytes_per_sync = buffer_mebibyte;
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    return options;
}

rocksdb::BlockBasedTableOptions table_options() {
    rocksdb::BlockBasedTableOptions options;
    // As large as SQLite's. Filters and indexes are not in it: they stay in memory.
    options.block_cache = rocksdb::NewLRUCache(8 * buffer_mebibyte);
    return options;
}

rocksdb::ColumnFamilyOptions event_options() {
    rocksdb::ColumnFamilyOptions options;
    options.write_buffer_size = 32 * buffer_mebibyte;
    // Each event goes behind the one before it of its coupon, whose id begins the key.
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(8));
    options.compression = rocksdb::kLZ4Compression;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options()));
    return options;
}

rocksdb::ColumnFamilyOptions registered_options() {
    rocksdb::ColumnFamilyOptions options;
    options.write_buffer_size = 64 * buffer_mebibyte;
    // Whole keys, since a user is looked for by the key of their first row: RocksDB's filters know
    // prefixes of a fixed length only, and names have none.
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.1;
    options.compression = rocksdb::kLZ4Compression;
    rocksdb::BlockBasedTableOptions table = table_options();
    // RocksDB's usual ten bits for each key: one look in a hundred is for nothing.
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

}  // namespace

Failure rocksdb_failure(const rocksdb::Status& status) {
    return {status.IsCorruption() ? FailureKind::corrupted : FailureKind::unavailable,
            "RocksDB: " + status.ToString()};
}

Result<RocksdbTables> RocksdbTables::open(const std::filesystem::path& folder) {
    const std::vector<rocksdb::ColumnFamilyDescriptor> wanted{
        {rocksdb::kDefaultColumnFamilyName, {}},
        {"coupon", {}},
        {"coupon_inventory_history", event_options()},
        {"coupon_inventory", event_options()},
        {"registered_coupon", registered_options()}};
    RocksdbTables tables;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* database = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::Open(database_options(), folder.string(), wanted, &handles, &database);
    if (!status.ok()) return rocksdb_failure(status);
    tables.database_.reset(database);
    for (std::size_t i = 0; i < handles.size(); ++i) {
        tables.families_.at(i) =
            Family(handles[i], [database](rocksdb::ColumnFamilyHandle* family) {
                database->DestroyColumnFamilyHandle(family).PermitUncheckedError();
            });
    }
    return tables;
}

Result<void> RocksdbTables::hold_still() {
    const rocksdb::Status paused = database_->PauseBackgroundWork();
    if (!paused.ok()) return rocksdb_failure(paused);
    return {};
}

Result<void> RocksdbTables::settle() {
    std::vector<rocksdb::ColumnFamilyHandle*> all;
    for (const Family& family : families_) all.push_back(family.get());
    const rocksdb::Status flushed = database_->Flush({}, all);
    if (!flushed.ok()) return rocksdb_failure(flushed);
    const auto is_busy = [this](rocksdb::ColumnFamilyHandle* family) {
        for (const std::string& property : {rocksdb::DB::Properties::kNumRunningFlushes,
                                            rocksdb::DB::Properties::kCompactionPending,
                                            rocksdb::DB::Properties::kNumRunningCompactions}) {
            std::uint64_t count = 0;
            if (database_->GetIntProperty(family, property, &count) && count > 0) return true;
        }
        return false;
    };
    for (rocksdb::ColumnFamilyHandle* const family : all) {
        while (is_busy(family)) {
            // RocksDB compacts in threads of its own, and tells nobody when it is done.
            std::this_thread::sleep_for(settling_look_distance);
        }
    }
    return {};
}

}  // namespace dibs::bench
