#pragma once

#include <functional>
#include <string>

#include "repository/compaction_repository.h"
#include "repository/store.h"
#include "simulation/server.h"

namespace dibs::simulation {

/// The compaction over the simulated server, as one node sees it. Where several nodes share the
/// server, whoever writes for a run must lead it. Only from fibres.
class SimulatedCompactions final : public repository::CompactionRepository {
public:
    /// `name`: the process's own, of each life another one.
    SimulatedCompactions(Server& server, std::string name, repository::GroupScope scope)
        : server_(server), name_(std::move(name)), scope_(scope) {}

    base::Result<repository::CompactionRun> claim(base::Instant until,
                                                  repository::CompactionTrigger trigger,
                                                  base::Instant now) override;
    base::Result<bool> lead(std::int64_t run) override;
    base::Result<std::vector<repository::CompactionPoint>> find_points(
        base::Instant until, domain::CouponId after, std::size_t count_max) override;
    base::Result<void> add_points(std::int64_t run,
                                  const std::vector<repository::CompactionPoint>& points) override;
    base::Result<void> freeze(std::int64_t run) override;
    base::Result<repository::CompactionPortion> next_portion(std::int64_t run,
                                                             std::size_t event_count_max) override;
    base::Result<void> replace(std::int64_t run,
                               const std::vector<domain::CouponInventory>& cumulative,
                               std::int64_t event_count) override;
    base::Result<repository::CompactionRun> finish(std::int64_t run, base::Instant now) override;
    base::Result<std::optional<repository::CompactionRun>> find_run(std::int64_t run) override;
    base::Result<std::optional<repository::CompactionRun>> find_unfinished() override;
    base::Result<std::optional<base::Instant>> last_until() override;
    base::Result<repository::Page<repository::CompactionRun>> list_runs(
        std::int64_t before, std::size_t count_max) override;

private:
    using Write = std::function<base::Result<void>(Server& server, FoldRow& run)>;

    /// Does `write` to the run's record in a transaction, unless another leads it. Of a run that is
    /// over nothing is written. `write` must not refer to what may be gone by then.
    [[nodiscard]] base::Result<void> write_as_leader(std::string_view call, std::int64_t run,
                                                     Write write);

    Server& server_;
    const std::string name_;
    const repository::GroupScope scope_;
};

}  // namespace dibs::simulation
