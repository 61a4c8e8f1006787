#include "repository/sharded_compaction_repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

// Where this is cut off, the next call finds what it needs, because of the order of things. A run
// begins at the first server and ends there last: so it is under way there whenever it is under way
// anywhere, and no other can begin meanwhile. Whoever goes on with it sees to it first (`spread`)
// that it is on record at all servers. It is led at each of them, the first one first: a leader who
// was stopped for too long is turned away wherever it wakes.

namespace dibs::repository {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using domain::CouponId;
using domain::CouponInventory;

Result<CompactionRun> ShardedCompactionRepository::claim(Instant until, CompactionTrigger trigger,
                                                         Instant now) {
    auto run = first().claim(until, trigger, now);
    if (!run) return run;
    if (auto done = spread(*run); !done) return done.failure();
    return with_progress(*std::move(run));
}

Result<void> ShardedCompactionRepository::spread(const CompactionRun& run) {
    if (run.finished_at) return {};
    for (PostgresCompactionRepository* const other : std::span(servers_).subspan(1)) {
        if (auto done = other->take_up(run); !done) return done;
    }
    return {};
}

Result<void> ShardedCompactionRepository::spread(std::int64_t run) {
    const auto found = first().find_run(run);
    if (!found) return found.failure();
    if (!*found) return {};
    return spread(**found);
}

Result<bool> ShardedCompactionRepository::lead(std::int64_t run) {
    if (auto done = spread(run); !done) return done.failure();
    for (PostgresCompactionRepository* const server : servers_) {
        auto does_lead = server->lead(run);
        if (!does_lead || !*does_lead) return does_lead;
    }
    return true;
}

Result<std::vector<CompactionPoint>> ShardedCompactionRepository::find_points(
    Instant until, CouponId after, std::size_t count_max) {
    std::vector<CompactionPoint> points;
    for (PostgresCompactionRepository* const server : servers_) {
        const auto found = server->find_points(until, after, count_max);
        if (!found) return found.failure();
        points.insert(points.end(), found->begin(), found->end());
    }
    std::ranges::sort(points, {}, &CompactionPoint::coupon_id);
    if (points.size() > count_max) {
        points.erase(points.begin() + static_cast<std::ptrdiff_t>(count_max), points.end());
    }
    return points;
}

Result<void> ShardedCompactionRepository::add_points(std::int64_t run,
                                                     const std::vector<CompactionPoint>& points) {
    for (std::size_t place = 0; place < servers_.size(); ++place) {
        std::vector<CompactionPoint> of_server;
        std::ranges::copy_if(
            points, std::back_inserter(of_server),
            [&](const CompactionPoint& point) { return map_.place_of(point.coupon_id) == place; });
        if (of_server.empty()) continue;
        if (auto done = servers_[place]->add_points(run, of_server); !done) return done;
    }
    return {};
}

// The first server's word counts. It is the only one that is asked.
Result<void> ShardedCompactionRepository::freeze(std::int64_t run) {
    return first().freeze(run);
}

Result<CompactionPortion> ShardedCompactionRepository::next_portion(std::int64_t run,
                                                                    std::size_t event_count_max) {
    for (PostgresCompactionRepository* const server : servers_) {
        auto portion = server->next_portion(run, event_count_max);
        if (!portion || portion->event_count > 0) return portion;
    }
    return CompactionPortion{domain::PeriodCouponInventoryList({}), 0};
}

Result<void> ShardedCompactionRepository::replace(std::int64_t run,
                                                  const std::vector<CouponInventory>& cumulative,
                                                  std::int64_t event_count) {
    if (cumulative.empty()) return first().replace(run, cumulative, event_count);
    const std::size_t place = map_.place_of(cumulative.front().coupon_id);
    const bool is_of_one = std::ranges::all_of(cumulative, [&](const CouponInventory& event) {
        return map_.place_of(event.coupon_id) == place;
    });
    if (!is_of_one) {
        return Failure{
            FailureKind::refused,
            fmt::format("compaction {}: a step is about the coupons of one server", run)};
    }
    return servers_[place]->replace(run, cumulative, event_count);
}

Result<CompactionRun> ShardedCompactionRepository::finish(std::int64_t run, Instant now) {
    if (auto done = spread(run); !done) return done.failure();
    for (std::size_t place = servers_.size(); place-- > 1;) {
        if (auto finished = servers_[place]->finish(run, now); !finished) return finished;
    }
    auto finished = first().finish(run, now);
    if (!finished) return finished;
    return with_progress(*std::move(finished));
}

Result<std::optional<CompactionRun>> ShardedCompactionRepository::find_run(std::int64_t run) {
    return with_progress(first().find_run(run));
}

Result<std::optional<CompactionRun>> ShardedCompactionRepository::find_unfinished() {
    return with_progress(first().find_unfinished());
}

Result<CompactionRun> ShardedCompactionRepository::with_progress(CompactionRun run) {
    for (PostgresCompactionRepository* const other : std::span(servers_).subspan(1)) {
        const auto of_other = other->find_run(run.run);
        if (!of_other) return of_other.failure();
        if (*of_other) run = add_progress(run, **of_other);
    }
    return run;
}

Result<std::optional<CompactionRun>> ShardedCompactionRepository::with_progress(
    Result<std::optional<CompactionRun>> run) {
    if (!run || !*run) return run;
    auto whole = with_progress(**run);
    if (!whole) return whole.failure();
    return std::optional<CompactionRun>(*whole);
}

Result<std::optional<Instant>> ShardedCompactionRepository::last_until() {
    return first().last_until();
}

Result<Page<CompactionRun>> ShardedCompactionRepository::list_runs(std::int64_t before,
                                                                   std::size_t count_max) {
    auto page = first().list_runs(before, count_max);
    if (!page) return page;
    for (PostgresCompactionRepository* const other : std::span(servers_).subspan(1)) {
        const auto of_other = other->list_runs(before, count_max);
        if (!of_other) return of_other.failure();
        for (CompactionRun& run : page->rows) {
            const auto same = std::ranges::find(of_other->rows, run.run, &CompactionRun::run);
            if (same != of_other->rows.end()) run = add_progress(run, *same);
        }
    }
    return page;
}

CompactionRun add_progress(CompactionRun run, const CompactionRun& of_other) {
    run.events_in += of_other.events_in;
    run.events_out += of_other.events_out;
    run.steps += of_other.steps;
    return run;
}

}  // namespace dibs::repository
