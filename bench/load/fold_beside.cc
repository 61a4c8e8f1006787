#include "load/fold_beside.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "base/named_thread.h"
#include "load/announced_coupon.h"
#include "load/crowd_run.h"
#include "load/filled_store.h"
#include "load/in_turn.h"
#include "rehearsal/latency_histogram.h"

// The store has a coupon full of events for each fold that is measured. A fold is asked for once
// the crowd is there, and of what the crowd saw only that counts which was answered between the
// fold's start and its end: a crowd that stays longer would make a stall look smaller.

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using rehearsal::AnswerKind;
using rehearsal::CrowdResult;

namespace {

constexpr std::chrono::seconds crowd_patience{60};
constexpr std::chrono::milliseconds crowd_look_distance{1};

/// What a crowd saw while a fold went on, or all of it where there was none.
struct Beside {
    double per_second = 0;
    double p99_milliseconds = 0;
    double fold_seconds = 0;  ///< From its start to its end, whether or not the crowd stayed.
    double steps = 0;
};

/// Waits until the service has read requests. Fails: expired.
Result<void> wait_for_crowd(Shop& shop, double requests_before) {
    const auto deadline = std::chrono::steady_clock::now() + crowd_patience;
    while (std::chrono::steady_clock::now() < deadline) {
        const auto requests = shop.metric("dibs_http_requests_total");
        if (!requests) return requests.failure();
        if (*requests > requests_before) return {};
        // Between two looks from outside: nobody tells us.
        std::this_thread::sleep_for(crowd_look_distance);
    }
    return Failure{FailureKind::expired, "no crowd came"};
}

/// Folds what was created before `until` while the crowd asks. Fails: as both do.
Result<std::pair<CrowdResult, FoldRun>> send_beside_fold(Shop& shop,
                                                         const rehearsal::CrowdOptions& crowd,
                                                         Instant until) {
    const auto requests_before = shop.metric("dibs_http_requests_total");
    if (!requests_before) return requests_before.failure();
    std::optional<Result<CrowdResult>> seen;
    Result<FoldRun> fold = Failure{FailureKind::unavailable, "the fold was not begun"};
    {
        const base::NamedThread thread("crowd", [&] { seen.emplace(send(crowd)); });
        fold = [&]() -> Result<FoldRun> {
            auto there = wait_for_crowd(shop, *requests_before);
            if (!there) return there.failure();
            const auto run = shop.begin_fold(until);
            if (!run) return run.failure();
            return shop.wait_for_fold(*run);
        }();
    }
    if (!*seen) return seen->failure();
    if (!fold) return fold.failure();
    return std::pair(**std::move(seen), *fold);
}

/// What was answered between two moments, which are counted from the crowd's start.
Beside figures_between(const CrowdResult& seen, std::chrono::nanoseconds begin,
                       std::chrono::nanoseconds end, rehearsal::CrowdMode mode, double rate) {
    rehearsal::LatencyHistogram latency;
    for (const rehearsal::HistoryEntry& entry : seen.history) {
        if (entry.ended_at < begin || entry.ended_at > end) continue;
        // In the open loop a latency counts from the moment at which the request was due.
        const std::chrono::nanoseconds due_at =
            mode == rehearsal::CrowdMode::open_loop
                ? std::chrono::nanoseconds(
                      static_cast<std::int64_t>(static_cast<double>(entry.request) / rate * 1e9))
                : entry.sent_at;
        latency.record(entry.ended_at - due_at);
    }
    const double seconds = std::chrono::duration<double>(end - begin).count();
    return {.per_second = static_cast<double>(latency.count()) / seconds,
            .p99_milliseconds =
                std::chrono::duration<double, std::milli>(latency.percentile(99)).count()};
}

/// A sale, with a fold beside it if `until` says which. Fails: as the sale, and corrupted (the fold
/// folded something else; nothing was answered meanwhile).
Result<Beside> sell_beside(Shop& shop, const CrowdSize& size, std::optional<Instant> until,
                           std::int64_t event_count) {
    auto offer = announce(shop, 1, endless_stock);
    if (!offer) return offer.failure();
    rehearsal::CrowdOptions crowd = customers_of(shop, *offer, size);
    crowd.keep_history = true;
    CrowdResult seen;
    std::optional<FoldRun> fold;
    if (until) {
        auto both = send_beside_fold(shop, crowd, *until);
        if (!both) return both.failure();
        seen = std::move(both->first);
        fold = both->second;
        if (fold->events_in < event_count) {
            return Failure{FailureKind::corrupted,
                           fmt::format("{} events were folded", fold->events_in)};
        }
    } else {
        auto alone = send(crowd);
        if (!alone) return alone.failure();
        seen = *std::move(alone);
    }
    if (auto right = expect(seen, AnswerKind::issued); !right) return right.failure();

    std::chrono::nanoseconds begin{0};
    std::chrono::nanoseconds end = seen.elapsed;
    if (fold) {
        begin = std::max<std::chrono::nanoseconds>(begin, fold->started_at - seen.started_at);
        end = std::min<std::chrono::nanoseconds>(end, fold->finished_at - seen.started_at);
    }
    if (end <= begin) return Failure{FailureKind::corrupted, "the fold and the crowd did not meet"};
    Beside beside = figures_between(seen, begin, end, crowd.mode, size.per_second);
    if (fold) {
        beside.fold_seconds =
            std::chrono::duration<double>(fold->finished_at - fold->started_at).count();
        beside.steps = static_cast<double>(fold->steps);
    }
    auto audited = audit_sale(shop, *offer, std::move(seen));
    if (!audited) return audited.failure();
    return beside;
}

/// One side: the closed loop's throughput and the open one's tail.
struct Side {
    std::vector<Beside> closed_loop;
    std::vector<Beside> open_loop;
};

/// What was seen where so many were registered before.
struct Beneath {
    std::int64_t registered = 0;
    FilledStore store;
    Side with = {};
    Side without = {};
};

std::vector<double> values_of(const std::vector<Beside>& runs, double Beside::*value) {
    std::vector<double> values;
    for (const Beside& run : runs) values.push_back(run.*value);
    return values;
}

Figure figure_from(std::string name, std::string unit, const std::vector<Beside>& runs,
                   double Beside::*value) {
    return {.name = std::move(name), .unit = std::move(unit), .rounds = values_of(runs, value)};
}

/// What a fold leaves of what there is without one, over how many are registered.
Curve curve_of(const std::vector<Beneath>& stores, std::string name,
               std::vector<double> (*ratio_of)(const Beneath&)) {
    Curve curve{.name = std::move(name),
                .unit = "",
                .across = "registrations before",
                .is_logarithmic = true,
                .points = {}};
    for (const Beneath& store : stores) {
        curve.points.push_back(
            {.at = static_cast<double>(store.registered), .rounds = ratio_of(store)});
    }
    return curve;
}

std::vector<double> rates_left(const Beneath& store) {
    return ratios(values_of(store.with.closed_loop, &Beside::per_second),
                  values_of(store.without.closed_loop, &Beside::per_second));
}

std::vector<double> p99_grown(const Beneath& store) {
    return ratios(values_of(store.with.open_loop, &Beside::p99_milliseconds),
                  values_of(store.without.open_loop, &Beside::p99_milliseconds));
}

GoalResult to_result(const std::vector<Beneath>& stores) {
    using enum Target::Side;
    const Side& with = stores.back().with;
    const Side& without = stores.back().without;
    const Figure rate =
        figure_from("issues during the fold", "1/s", with.closed_loop, &Beside::per_second);
    const Figure rate_without =
        figure_from("issues without", "1/s", without.closed_loop, &Beside::per_second);
    const Figure p99 = figure_from("p99 during the fold, 0.7 load", "ms", with.open_loop,
                                   &Beside::p99_milliseconds);
    const Figure p99_without =
        figure_from("p99 without, 0.7 load", "ms", without.open_loop, &Beside::p99_milliseconds);
    GoalResult result;
    result.figures = {{.name = "issues during the fold ÷ without",
                       .unit = "",
                       .rounds = rates_left(stores.back()),
                       .target = Target{.side = at_least, .value = 0.9}},
                      {.name = "p99 during the fold ÷ without",
                       .unit = "",
                       .rounds = p99_grown(stores.back()),
                       .target = Target{.side = at_most, .value = 2}},
                      rate,
                      rate_without,
                      p99,
                      p99_without,
                      figure_from("from the fold's start to its end, beside a closed loop", "s",
                                  with.closed_loop, &Beside::fold_seconds),
                      figure_from("from the fold's start to its end, at 0.7 load", "s",
                                  with.open_loop, &Beside::fold_seconds),
                      figure_from("steps of a fold", "", with.closed_loop, &Beside::steps)};
    result.curves = {curve_of(stores, "Issues during the fold ÷ without", rates_left),
                     curve_of(stores, "p99 during the fold ÷ without", p99_grown)};
    return result;
}

/// A crowd without a fold, and the same with one.
struct Pair {
    Beside without;
    Beside with;
};

/// Sells from such a store before the fold and during it; the store stays as it is.
Result<Pair> measure_pair(const Workshop& workshop, const FilledStore& filled,
                          const CrowdSize& size) {
    const Form& form = workshop.form;
    const auto store = copy_of(workshop, filled);
    if (!store) return store.failure();
    // The events are days old: the daily fold would take them as soon as the service is up.
    auto shop =
        Shop::open(workshop, {.flags = {"--compact-keep-days", "3650"}, .store = store->url});
    if (!shop) return shop.failure();
    const CrowdSize warm_up{.connections = goal_connections, .duration = warm_up_of(form)};
    if (auto first = sell_new_coupon(*shop, warm_up); !first) return first.failure();
    const auto without = sell_beside(*shop, size, std::nullopt, 0);
    if (!without) return without.failure();
    const auto with = sell_beside(*shop, size, store->ended_at, form.event_count);
    if (!with) return with.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();
    return Pair{.without = *without, .with = *with};
}

Result<void> measure_round(const Workshop& workshop, Beneath& at) {
    const Form& form = workshop.form;
    const auto closed = measure_pair(workshop, at.store,
                                     {.connections = goal_connections, .duration = form.duration});
    if (!closed) return closed.failure();
    const auto open = measure_pair(workshop, at.store,
                                   {.connections = open_loop_connections(form),
                                    .duration = form.duration,
                                    .per_second = usual_load * closed->without.per_second});
    if (!open) return open.failure();
    at.with.closed_loop.push_back(closed->with);
    at.without.closed_loop.push_back(closed->without);
    at.with.open_loop.push_back(open->with);
    at.without.open_loop.push_back(open->without);
    return {};
}

}  // namespace

Result<GoalResult> measure_beside_fold(const Workshop& workshop) {
    const Form& form = workshop.form;
    base::ensure(!form.row_counts.empty(), "a curve has points");
    std::vector<Beneath> stores;
    for (const std::int64_t rows : form.row_counts) {
        auto filled = fill_store(
            workshop, {.issues = form.event_count, .is_live = true, .issues_before = rows});
        if (!filled) return filled.failure();
        stores.push_back({.registered = rows, .store = *std::move(filled)});
    }
    for (std::size_t round = 0; round < form.rounds; ++round) {
        for (Beneath& at : stores) {
            if (auto measured = measure_round(workshop, at); !measured) return measured.failure();
        }
    }
    GoalResult result = to_result(stores);
    result.notes.push_back(fmt::format(
        "Each fold is of {} events, in a store of its own with {} registrations of another coupon, "
        "while a third is issued; only what was answered between its start and its end counts. "
        "Throughput is a closed loop's with 256 connections, the p99 an open one's at 0.7 of that. "
        "A fold lasts as long as its steps and the rests that it takes between them for those who "
        "ask.",
        to_text(static_cast<double>(form.event_count)),
        to_text(static_cast<double>(form.row_counts.back()))));
    return result;
}

}  // namespace dibs::bench
