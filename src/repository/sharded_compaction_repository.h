#pragma once

#include <vector>

#include "repository/compaction_repository.h"
#include "repository/postgres_compaction_repository.h"
#include "repository/shard_map.h"

namespace dibs::repository {

/// The compaction over several servers: one run, with one number, that is on record at each of
/// them. The first server says what the run is, whether it is frozen and when it ended; each server
/// has the points and the progress of its own coupons, and changes them in its own transactions. So
/// a step is about the coupons of one server.
class ShardedCompactionRepository final : public CompactionRepository {
public:
    /// One for each server, in the servers' order. All must outlive it.
    explicit ShardedCompactionRepository(std::vector<PostgresCompactionRepository*> servers)
        : map_(servers.size()), servers_(std::move(servers)) {}

    base::Result<CompactionRun> claim(base::Instant until, CompactionTrigger trigger,
                                      base::Instant now) override;
    base::Result<bool> lead(std::int64_t run) override;
    base::Result<std::vector<CompactionPoint>> find_points(base::Instant until,
                                                           domain::CouponId after,
                                                           std::size_t count_max) override;
    base::Result<void> add_points(std::int64_t run,
                                  const std::vector<CompactionPoint>& points) override;
    base::Result<void> freeze(std::int64_t run) override;
    /// Of one server's coupons.
    base::Result<CompactionPortion> next_portion(std::int64_t run,
                                                 std::size_t event_count_max) override;
    /// Fails with refused also where the events are of coupons of several servers.
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
    [[nodiscard]] PostgresCompactionRepository& first() const { return *servers_.front(); }

    /// Sees to it that the run, if it is under way, is on record at every server.
    [[nodiscard]] base::Result<void> spread(const CompactionRun& run);
    [[nodiscard]] base::Result<void> spread(std::int64_t run);
    /// Adds what the other servers have done of the run to what the first one has.
    [[nodiscard]] base::Result<CompactionRun> with_progress(CompactionRun run);
    [[nodiscard]] base::Result<std::optional<CompactionRun>> with_progress(
        base::Result<std::optional<CompactionRun>> run);

    const ShardMap map_;
    const std::vector<PostgresCompactionRepository*> servers_;
};

/// What the servers have on record of one run, put together.
[[nodiscard]] CompactionRun add_progress(CompactionRun run, const CompactionRun& of_other);

}  // namespace dibs::repository
