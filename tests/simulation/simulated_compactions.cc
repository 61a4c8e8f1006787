#include "simulation/simulated_compactions.h"

#include <algorithm>
#include <utility>

#include "simulation/tables.h"

namespace dibs::simulation {

using base::Failure;
using base::FailureKind;
using base::from_microseconds;
using base::Instant;
using base::Result;
using base::to_microseconds;
using domain::CouponId;
using domain::CouponInventory;
using domain::Sequence;
using repository::CompactionPoint;
using repository::CompactionPortion;
using repository::CompactionRun;

namespace {

CompactionRun to_run(const FoldRow& row) {
    CompactionRun run{.run = row.run,
                      .until = from_microseconds(row.until),
                      .trigger = repository::parse_compaction_trigger(row.trigger).value(),
                      .started_at = from_microseconds(row.started_at),
                      .finished_at = std::nullopt,
                      .is_frozen = row.is_frozen,
                      .events_in = row.events_in,
                      .events_out = row.events_out,
                      .steps = row.steps};
    if (row.finished_at) run.finished_at = from_microseconds(*row.finished_at);
    return run;
}

bool is_cumulative(const EventRow& row) {
    return row.kind == "cumulative";
}

/// The run that is under way, if there is one.
FoldRow* find_under_way(StoreRows& rows) {
    if (rows.folds.empty() || rows.folds.back().finished_at) return nullptr;
    return &rows.folds.back();
}

FoldRow* find_run_row(StoreRows& rows, std::int64_t run) {
    if (run < 1 || std::cmp_greater(run, rows.folds.size())) return nullptr;
    return &rows.folds[static_cast<std::size_t>(run - 1)];
}

bool may_write(const FoldRow& run, const std::string& name) {
    return run.leader.empty() || run.leader == name;
}

FoldRow& begin_run(Server& server, Instant until, repository::CompactionTrigger trigger,
                   Instant now) {
    auto& folds = server.rows().folds;
    FoldRow row;
    row.run = static_cast<std::int64_t>(folds.size()) + 1;
    row.until = to_microseconds(until);
    row.trigger = name_of(trigger);
    row.started_at = to_microseconds(now);
    server.trace().note(server.now(), "run {} until {}, {}", row.run, row.until, row.trigger);
    return folds.emplace_back(row);
}

/// How many events would go for this cumulative one.
std::int64_t count_folded(const CouponRows& rows, const CouponInventory& cumulative) {
    return std::ranges::count_if(rows.live, [&](const EventRow& row) {
        return row.sequence <= cumulative.sequence.value && !is_cumulative(row);
    });
}

/// Puts a cumulative event in the place of what it folds; gives 1 if its point is reached.
std::int64_t put_in_place(StoreRows& all, const CouponInventory& cumulative, Time now) {
    CouponRows& rows = *all.find(cumulative.coupon_id.value);
    std::erase_if(rows.live,
                  [&](const EventRow& row) { return row.sequence <= cumulative.sequence.value; });
    rows.live.insert(rows.live.begin(), to_row(cumulative, now));
    const auto point = all.points.find(cumulative.coupon_id.value);
    if (point == all.points.end() || point->second > cumulative.sequence.value) return 0;
    all.points.erase(point);
    return 1;
}

}  // namespace

Result<CompactionRun> SimulatedCompactions::claim(Instant until,
                                                  repository::CompactionTrigger trigger,
                                                  Instant now) {
    if (auto passed = server_.pass("claim"); !passed) return passed.failure();
    if (const FoldRow* const run = find_under_way(server_.rows())) return to_run(*run);
    Session session(server_, name_);
    const auto claimed = std::make_shared<CompactionRun>();
    // The look and the insert are one: a key says that one run is under way.
    auto done = session.commit([&server = server_, until, trigger, now, claimed]() -> Result<void> {
        const FoldRow* const other = find_under_way(server.rows());
        *claimed = to_run(other ? *other : begin_run(server, until, trigger, now));
        return {};
    });
    if (!done) return done.failure();
    return *claimed;
}

Result<bool> SimulatedCompactions::lead(std::int64_t run) {
    if (auto passed = server_.pass("lead"); !passed) return passed.failure();
    if (scope_ == repository::GroupScope::all_coupons) return true;
    FoldRow* const row = find_under_way(server_.rows());
    if (row == nullptr || row->run != run) return false;
    if (!may_write(*row, name_) && server_.now() <= row->leads_until) return false;
    row->leader = name_;
    row->leads_until =
        server_.now() +
        std::chrono::microseconds(repository::CompactionRepository::lead_time).count();
    server_.conductor().sleep(server_.random().between(0, 500));
    return true;
}

Result<std::vector<CompactionPoint>> SimulatedCompactions::find_points(Instant until,
                                                                       CouponId after,
                                                                       std::size_t count_max) {
    if (auto passed = server_.pass("find_points"); !passed) return passed.failure();
    std::vector<CompactionPoint> points;
    std::int64_t id = 0;
    for (const CouponRows& rows : server_.rows().coupons) {
        if (++id <= after.value || points.size() == count_max) continue;
        const auto first = std::ranges::find_if_not(rows.live, is_cumulative);
        if (first == rows.live.end()) continue;
        const auto later = std::ranges::find_if(rows.live, [&](const EventRow& row) {
            return !is_cumulative(row) && row.created_at >= to_microseconds(until);
        });
        const std::int64_t end =
            later == rows.live.end() ? rows.live.back().sequence : later->sequence - 1;
        if (first->sequence <= end) points.push_back({CouponId{id}, Sequence{end}});
    }
    return points;
}

Result<void> SimulatedCompactions::add_points(std::int64_t run,
                                              const std::vector<CompactionPoint>& points) {
    return write_as_leader("add_points", run, [points](Server& server, FoldRow&) -> Result<void> {
        for (const CompactionPoint& point : points) {
            server.rows().points.emplace(point.coupon_id.value, point.sequence.value);
        }
        return {};
    });
}

Result<void> SimulatedCompactions::freeze(std::int64_t run) {
    return write_as_leader("freeze", run, [](Server&, FoldRow& row) -> Result<void> {
        row.is_frozen = true;
        return {};
    });
}

Result<CompactionPortion> SimulatedCompactions::next_portion(std::int64_t run,
                                                             std::size_t event_count_max) {
    if (auto passed = server_.pass("next_portion"); !passed) return passed.failure();
    const FoldRow* const row = find_under_way(server_.rows());
    std::vector<CouponInventory> events;
    std::size_t count = 0;
    if (row != nullptr && row->run == run) {
        for (const auto& [coupon, sequence] : server_.rows().points) {
            std::vector<CouponInventory> of_coupon;
            std::size_t of_coupon_count = 0;
            for (const EventRow& event : server_.rows().find(coupon)->live) {
                if (event.sequence > sequence || count + of_coupon_count == event_count_max) break;
                if (!is_cumulative(event)) ++of_coupon_count;
                of_coupon.push_back(to_event(event));
            }
            if (of_coupon_count > 0) std::ranges::move(of_coupon, std::back_inserter(events));
            count += of_coupon_count;
        }
    }
    server_.conductor().sleep(server_.random().between(0, 500));
    return CompactionPortion{domain::PeriodCouponInventoryList(std::move(events)),
                             static_cast<std::int64_t>(count)};
}

Result<void> SimulatedCompactions::replace(std::int64_t run,
                                           const std::vector<CouponInventory>& cumulative,
                                           std::int64_t event_count) {
    return write_as_leader(
        "replace", run, [cumulative, event_count](Server& server, FoldRow& row) -> Result<void> {
            std::int64_t would_go = 0;
            for (const CouponInventory& event : cumulative) {
                would_go += count_folded(*server.rows().find(event.coupon_id.value), event);
            }
            if (would_go != event_count) {
                return Failure{FailureKind::refused, "simulated: not what was folded"};
            }
            for (const CouponInventory& event : cumulative) {
                row.events_out += put_in_place(server.rows(), event, server.now());
                server.trace().note(server.now(), "run {} folds {} up to {}", row.run,
                                    event.coupon_id.value, event.sequence.value);
            }
            row.events_in += event_count;
            ++row.steps;
            return {};
        });
}

Result<CompactionRun> SimulatedCompactions::finish(std::int64_t run, Instant now) {
    auto done = write_as_leader("finish", run, [now](Server& server, FoldRow& row) -> Result<void> {
        row.finished_at = to_microseconds(now);
        server.rows().points.clear();
        server.trace().note(server.now(), "run {} is finished: {} events in {} steps", row.run,
                            row.events_in, row.steps);
        return {};
    });
    if (!done) return done.failure();
    return to_run(*find_run_row(server_.rows(), run));
}

Result<std::optional<CompactionRun>> SimulatedCompactions::find_run(std::int64_t run) {
    if (auto passed = server_.pass("find_run"); !passed) return passed.failure();
    const FoldRow* const row = find_run_row(server_.rows(), run);
    if (row == nullptr) return std::optional<CompactionRun>();
    return std::optional<CompactionRun>(to_run(*row));
}

Result<std::optional<CompactionRun>> SimulatedCompactions::find_unfinished() {
    if (auto passed = server_.pass("find_unfinished"); !passed) return passed.failure();
    const FoldRow* const row = find_under_way(server_.rows());
    if (row == nullptr) return std::optional<CompactionRun>();
    return std::optional<CompactionRun>(to_run(*row));
}

Result<std::optional<Instant>> SimulatedCompactions::last_until() {
    if (auto passed = server_.pass("last_until"); !passed) return passed.failure();
    std::optional<Instant> last;
    for (const FoldRow& row : server_.rows().folds) {
        const Instant until = from_microseconds(row.until);
        if (row.finished_at && (!last || until > *last)) last = until;
    }
    return last;
}

Result<repository::Page<CompactionRun>> SimulatedCompactions::list_runs(std::int64_t before,
                                                                        std::size_t count_max) {
    if (auto passed = server_.pass("list_runs"); !passed) return passed.failure();
    repository::Page<CompactionRun> page;
    const auto& folds = server_.rows().folds;
    for (auto row = folds.rbegin(); row != folds.rend(); ++row) {
        if (row->run >= before) continue;
        page.has_more = page.rows.size() == count_max;
        if (page.has_more) break;
        page.rows.push_back(to_run(*row));
    }
    return page;
}

// The record is held from the look at its leader to the end of the transaction, so that nobody
// takes the lead in the middle of it.
Result<void> SimulatedCompactions::write_as_leader(std::string_view call, std::int64_t run,
                                                   Write write) {
    if (auto passed = server_.pass(call); !passed) return passed;
    Session session(server_, name_);
    if (auto locked = session.lock(fold_lock); !locked) return locked;
    const FoldRow* const row = find_run_row(server_.rows(), run);
    if (row == nullptr || !may_write(*row, name_)) {
        return Failure{FailureKind::conflict, "simulated: another process leads the run"};
    }
    return session.commit([&server = server_, run, name = name_, write = std::move(write)] {
        FoldRow* const written = find_run_row(server.rows(), run);
        if (!may_write(*written, name)) {
            return Result<void>(Failure{FailureKind::conflict, "simulated: the lead was lost"});
        }
        return written->finished_at ? Result<void>() : write(server, *written);
    });
}

}  // namespace dibs::simulation
