#pragma once

#include <string>
#include <vector>

#include "repository/compaction_repository.h"
#include "repository/postgres_pool.h"

namespace dibs::repository {

/// The compaction over PostgreSQL. A step takes no coupon's lock: it writes and deletes behind the
/// head, where nobody appends, and the keys refuse a second one that folds the same. What several
/// processes must agree on is in the run's record: who leads, by the database's clock. Everything
/// that writes for a run holds that record meanwhile, and is turned away where another leads.
///
/// What writes, and the runs that it writes to, stand in `postgres_compaction_repository.cc`, what
/// else is read in `postgres_compaction_queries.cc`.
class PostgresCompactionRepository final : public CompactionRepository {
public:
    /// Both must outlive it. `name` is this process's, different from everybody else's.
    PostgresCompactionRepository(PostgresPool& writers, PostgresPool& readers, std::string name)
        : writers_(writers), readers_(readers), name_(std::move(name)) {}

    base::Result<CompactionRun> claim(base::Instant until, CompactionTrigger trigger,
                                      base::Instant now) override;
    base::Result<bool> lead(std::int64_t run) override;
    /// Puts a run on record that was claimed at another server of the store. One that is on record
    /// already stays as it is. Fails: refused, where another is under way at this one; unavailable,
    /// in_doubt.
    [[nodiscard]] base::Result<void> take_up(const CompactionRun& run);
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
    /// Runs statements that write in one transaction of their own.
    [[nodiscard]] base::Result<std::vector<database::PostgresRows>> write(
        std::vector<database::PostgresStatement> statements);

    /// Begins a transaction in which nobody else takes the lead of the run. Fails also with
    /// conflict, where another has it.
    [[nodiscard]] base::Result<PostgresPool::Begun> begin_as_leader(std::int64_t run);
    /// The same, then the statements and COMMIT.
    [[nodiscard]] base::Result<std::vector<database::PostgresRows>> write_as_leader(
        std::int64_t run, const std::vector<database::PostgresStatement>& statements);

    PostgresPool& writers_;
    PostgresPool& readers_;
    const std::string name_;
};

}  // namespace dibs::repository
