#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/coupon_inventory.h"
#include "domain/period_coupon_inventory_list.h"
#include "repository/coupon_repository.h"

namespace dibs::repository {

/// Who asked for a compaction.
enum class CompactionTrigger : std::uint8_t {
    scheduler,  ///< The time of day came.
    catch_up,   ///< The service started after having missed it.
    operators,  ///< POST /admin/v1/compactions.
    command,    ///< `dibs compact`.
};

[[nodiscard]] std::string_view name_of(CompactionTrigger trigger);
[[nodiscard]] std::optional<CompactionTrigger> parse_compaction_trigger(std::string_view name);

/// One run of the compaction, as it is recorded.
struct CompactionRun {
    std::int64_t run = 0;
    base::Instant until;  ///< Events created before this moment are folded.
    CompactionTrigger trigger = CompactionTrigger::scheduler;
    base::Instant started_at;
    std::optional<base::Instant> finished_at;
    bool is_frozen = false;       ///< How far each stream is folded has been written down.
    std::int64_t events_in = 0;   ///< Events that were folded (cumulative ones not counted again).
    std::int64_t events_out = 0;  ///< Streams that now start with a cumulative event of this run.
    std::int64_t steps = 0;
};

/// How far one coupon's stream is folded in a run.
struct CompactionPoint {
    domain::CouponId coupon_id;
    domain::Sequence sequence;
};

/// Some of a run's events: what one step folds.
struct CompactionPortion {
    domain::PeriodCouponInventoryList events;
    std::int64_t event_count = 0;  ///< Without the cumulative ones.
};

/// What the daily fold needs of the store. Every method may be called from any thread and blocks as
/// long as the store takes; each one that writes is one short transaction of its own. Reads never
/// wait for a write. All of it fails with unavailable, corrupted or, where it writes, in_doubt:
/// then call it again, for each step finds what was done before. What writes for a run fails also
/// with conflict, where another process leads it: nothing changes then.
class CompactionRepository {
public:
    virtual ~CompactionRepository() = default;

    /// Starts a run that folds what was created before `until`; gives the unfinished one instead,
    /// if there is one. Of any number of callers at once, one starts a run and the others get the
    /// same.
    [[nodiscard]] virtual base::Result<CompactionRun> claim(base::Instant until,
                                                            CompactionTrigger trigger,
                                                            base::Instant now) = 0;

    /// Takes the lead of a run, or keeps it, for `lead_time`; false if another process has it. A
    /// leader that says nothing for longer has lost it. Whoever folds asks before each step.
    static constexpr std::chrono::seconds lead_time{10};  // choice: longer than any step takes.
    [[nodiscard]] virtual base::Result<bool> lead(std::int64_t run) = 0;

    /// The next streams with something to fold before `until`, by coupon, from the one after
    /// `after`: where the events created before it end. A stream that is a single cumulative event
    /// has nothing to fold.
    [[nodiscard]] virtual base::Result<std::vector<CompactionPoint>> find_points(
        base::Instant until, domain::CouponId after, std::size_t count_max) = 0;

    /// Writes points down, before anything is folded; a coupon that has one in this run keeps it.
    [[nodiscard]] virtual base::Result<void> add_points(
        std::int64_t run, const std::vector<CompactionPoint>& points) = 0;

    /// Says that every point of the run was written down.
    [[nodiscard]] virtual base::Result<void> freeze(std::int64_t run) = 0;

    /// Reads the next events of the run's unfinished points, `event_count_max` of them at most, and
    /// the cumulative ones that their streams begin with. Empty when every point has been reached.
    /// Where a store is several servers, all of it is of one server's coupons.
    [[nodiscard]] virtual base::Result<CompactionPortion> next_portion(
        std::int64_t run, std::size_t event_count_max) = 0;

    /// Puts each cumulative event in the place of what it folds, in one transaction with the run's
    /// progress. Fails also with refused, if what would go is not what was folded, or is of several
    /// servers; nothing changes then.
    [[nodiscard]] virtual base::Result<void> replace(
        std::int64_t run, const std::vector<domain::CouponInventory>& cumulative,
        std::int64_t event_count) = 0;

    /// Ends the run. One that folded nothing leaves its record and no other trace.
    [[nodiscard]] virtual base::Result<CompactionRun> finish(std::int64_t run,
                                                             base::Instant now) = 0;

    [[nodiscard]] virtual base::Result<std::optional<CompactionRun>> find_run(std::int64_t run) = 0;
    [[nodiscard]] virtual base::Result<std::optional<CompactionRun>> find_unfinished() = 0;

    /// The latest `until` of all finished runs.
    [[nodiscard]] virtual base::Result<std::optional<base::Instant>> last_until() = 0;

    /// Runs, newest first, from the one before `before`.
    [[nodiscard]] virtual base::Result<Page<CompactionRun>> list_runs(std::int64_t before,
                                                                      std::size_t count_max) = 0;
};

}  // namespace dibs::repository
