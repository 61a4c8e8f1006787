#include "load/store_rivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "load/announced_coupon.h"
#include "load/bare_store.h"
#include "load/own_postgres.h"
#include "rivals/rival_sale.h"

namespace dibs::bench {

using base::Result;
using std::chrono::nanoseconds;

namespace {

constexpr std::size_t our_group_size = 256;  // The goal's, and the service's default.
constexpr std::size_t client_count = 32;     // The goal's.

/// What one side came to in one round.
struct SideRun {
    double per_second = 0;
    double round_trips_each = 0;  ///< For a group, or for a rival's issue.
    double statements_each = 0;   ///< For a group.
    double log_bytes_each = 0;    ///< For an issue.
};

using RunsBySide = std::map<std::string, std::vector<SideRun>>;

const std::string ours = "groups of 256";

Figure side_figure(std::string name, std::string unit, const std::vector<SideRun>& runs,
                   double SideRun::*value) {
    Figure figure{.name = std::move(name), .unit = std::move(unit), .rounds = {}};
    std::ranges::transform(runs, std::back_inserter(figure.rounds),
                           [value](const SideRun& run) { return run.*value; });
    return figure;
}

/// Issues in groups until the time is up; gives how many groups that were.
Result<std::size_t> issue_groups_for(BareStore& store, domain::CouponId coupon_id,
                                     nanoseconds duration, nanoseconds& taken) {
    std::size_t group_count = 0;
    taken = nanoseconds(0);
    while (taken < duration) {
        const auto group = store.issue_group(coupon_id, our_group_size);
        if (!group) return group.failure();
        taken += *group;
        ++group_count;
    }
    return group_count;
}

/// Our side of a round. The requests wait already, as they do when the crowd is large; their making
/// does not count.
Result<SideRun> run_ours(OwnPostgres& postgres, const std::string& url, nanoseconds duration) {
    auto store = BareStore::open_at(url);
    if (!store) return store.failure();
    const auto coupon_id = store->offer(endless_stock);
    if (!coupon_id) return coupon_id.failure();
    nanoseconds taken{0};
    if (auto warm = issue_groups_for(*store, *coupon_id, duration / 10, taken); !warm) {
        return warm.failure();
    }
    if (auto settled = postgres.settle(); !settled) return settled.failure();
    const auto log_before = postgres.log_bytes();
    if (!log_before) return log_before.failure();
    const repository::StoreFacts before = store->facts();
    const auto groups = issue_groups_for(*store, *coupon_id, duration, taken);
    if (!groups) return groups.failure();
    const repository::StoreFacts after = store->facts();
    const auto log_after = postgres.log_bytes();
    if (!log_after) return log_after.failure();
    if (auto verified = store->verify(); !verified) return verified.failure();

    const auto group_count = static_cast<double>(*groups);
    const double issued = group_count * static_cast<double>(our_group_size);
    return SideRun{
        .per_second = issued / std::chrono::duration<double>(taken).count(),
        .round_trips_each =
            static_cast<double>(after.round_trip_count - before.round_trip_count) / group_count,
        .statements_each =
            static_cast<double>(after.statement_count - before.statement_count) / group_count,
        .log_bytes_each = static_cast<double>(*log_after - *log_before) / issued};
}

Result<SideRun> run_rival(OwnPostgres& postgres, const std::string& url, const Rival& rival,
                          nanoseconds duration) {
    auto sale = RivalSale::open(rival, url, client_count);
    if (!sale) return sale.failure();
    if (auto proven = sale->prove(); !proven) return proven.failure();
    const auto coupon_id = sale->offer(endless_stock);
    if (!coupon_id) return coupon_id.failure();
    if (auto warm = sale->sell_for(*coupon_id, duration / 10); !warm) return warm.failure();
    if (auto settled = postgres.settle(); !settled) return settled.failure();
    const auto log_before = postgres.log_bytes();
    if (!log_before) return log_before.failure();
    const auto run = sale->sell_for(*coupon_id, duration);
    if (!run) return run.failure();
    const auto log_after = postgres.log_bytes();
    if (!log_after) return log_after.failure();
    if (auto audited = sale->audit(); !audited) return audited.failure();
    const auto issued = static_cast<double>(run->issued);
    return SideRun{.per_second = run->per_second(),
                   .round_trips_each = static_cast<double>(run->round_trips) / issued,
                   .log_bytes_each = static_cast<double>(*log_after - *log_before) / issued};
}

/// One round: every side once, each in a database of its own that is empty at first.
Result<void> run_round(OwnPostgres& postgres, nanoseconds duration, RunsBySide& runs) {
    const auto run_side = [&](const std::string& name, const Rival* rival) -> Result<void> {
        const auto url = postgres.fresh_database();
        if (!url) return url.failure();
        const auto run = rival == nullptr ? run_ours(postgres, *url, duration)
                                          : run_rival(postgres, *url, *rival, duration);
        if (!run) return run.failure();
        runs[name].push_back(*run);
        return postgres.drop_database(*url);
    };
    if (auto done = run_side(ours, nullptr); !done) return done;
    for (const Rival* const rival : all_rivals) {
        if (auto done = run_side(std::string(rival->name), rival); !done) return done;
    }
    return {};
}

std::vector<Figure> figures_of(const RunsBySide& runs) {
    const std::vector<SideRun>& our_runs = runs.at(ours);
    const auto rates = [](const std::vector<SideRun>& of) {
        return side_figure({}, {}, of, &SideRun::per_second).rounds;
    };
    const auto ratio = [&](const Rival& rival, std::optional<Target> target) {
        return Figure{.name = fmt::format("{} ÷ {}", ours, rival.name),
                      .unit = "",
                      .rounds = ratios(rates(our_runs), rates(runs.at(std::string(rival.name)))),
                      .target = target};
    };
    using enum Target::Side;
    // The floors are beyond what noise can do to a ratio of this size.
    std::vector<Figure> figures = {
        ratio(row_lock, Target{.side = at_least, .value = 50, .floor = 4}),
        ratio(serializable, Target{.side = at_least, .value = 200, .floor = 4}),
        ratio(one_call, Target{.side = at_least, .value = 25, .floor = 2}),
        side_figure("round trips of a group", "", our_runs, &SideRun::round_trips_each)};
    figures.back().target = Target{.side = at_most, .value = 2, .floor = 2};
    figures.push_back(ratio(counter_first, std::nullopt));
    figures.push_back(
        side_figure("statements of a group", "", our_runs, &SideRun::statements_each));
    figures.push_back(side_figure("log of an issue", "bytes", our_runs, &SideRun::log_bytes_each));
    figures.push_back(
        side_figure(fmt::format("issues in {}", ours), "1/s", our_runs, &SideRun::per_second));
    for (const Rival* const rival : all_rivals) {
        const std::vector<SideRun>& its = runs.at(std::string(rival->name));
        figures.push_back(
            side_figure(fmt::format("{}: issues", rival->name), "1/s", its, &SideRun::per_second));
        figures.push_back(side_figure(fmt::format("{}: round trips of an issue", rival->name), "",
                                      its, &SideRun::round_trips_each));
        figures.push_back(side_figure(fmt::format("{}: log of an issue", rival->name), "bytes", its,
                                      &SideRun::log_bytes_each));
    }
    return figures;
}

}  // namespace

Result<GoalResult> measure_against_rivals(const Workshop& workshop) {
    auto postgres = OwnPostgres::start(workshop);
    if (!postgres) return postgres.failure();
    // choice: five sides take turns; three fifths of the usual time keep the goal within about two
    // minutes.
    const nanoseconds duration = nanoseconds(workshop.form.duration) * 3 / 5;
    RunsBySide runs;
    for (std::size_t round = 0; round < workshop.form.rounds; ++round) {
        if (auto done = run_round(*postgres, duration, runs); !done) {
            return done.failure();
        }
    }
    GoalResult result;
    result.figures = figures_of(runs);
    result.notes.emplace_back(
        "Each side has a database of its own in each round, empty at first, on one server with its "
        "default durability. Rivals have 32 clients, each with its connection; ours is one "
        "connection with 256 requests waiting. Rivals keep a counter instead of adding up events, "
        "and have neither foreign keys nor guards.");
    return result;
}

}  // namespace dibs::bench
