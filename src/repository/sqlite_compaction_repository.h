#pragma once

#include "repository/compaction_repository.h"
#include "repository/sqlite_readers.h"
#include "repository/sqlite_writer.h"

namespace dibs::repository {

/// The compaction over SQLite: reads events through the readers, replaces them through the one
/// writer, each step in a turn of its own between two groups.
///
/// What writes, and the runs that it writes to, stand in `sqlite_compaction_repository.cc`, what
/// else is read in `sqlite_compaction_queries.cc`.
class SqliteCompactionRepository final : public CompactionRepository {
public:
    /// Both must outlive it.
    SqliteCompactionRepository(SqliteWriter& writer, SqliteReaders& readers)
        : writer_(writer), readers_(readers) {}

    base::Result<CompactionRun> claim(base::Instant until, CompactionTrigger trigger,
                                      base::Instant now) override;
    base::Result<bool> lead(std::int64_t) override { return true; }  // A store of one owner.
    base::Result<std::vector<CompactionPoint>> find_points(base::Instant until,
                                                           domain::CouponId after,
                                                           std::size_t count_max) override;
    base::Result<void> add_points(std::int64_t run,
                                  const std::vector<CompactionPoint>& points) override;
    base::Result<void> freeze(std::int64_t run) override;
    base::Result<CompactionPortion> next_portion(std::int64_t run,
                                                 std::size_t event_count_max) override;
    base::Result<void> replace(std::int64_t run,
                               const std::vector<domain::CouponInventory>& cumulative,
                               std::int64_t event_count) override;
    base::Result<CompactionRun> finish(std::int64_t run, base::Instant now) override;
    base::Result<std::optional<CompactionRun>> find_run(std::int64_t run) override;
    base::Result<std::optional<CompactionRun>> find_unfinished() override;
    base::Result<std::optional<base::Instant>> last_until() override;
    base::Result<Page<CompactionRun>> list_runs(std::int64_t before,
                                                std::size_t count_max) override;

private:
    SqliteWriter& writer_;
    SqliteReaders& readers_;
};

}  // namespace dibs::repository
