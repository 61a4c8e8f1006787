#include "load/tail.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "load/announced_coupon.h"
#include "load/crowd_run.h"
#include "load/disk_rhythm.h"
#include "load/in_turn.h"

namespace dibs::bench {

using base::Result;
using rehearsal::AnswerKind;

namespace {

// choice: somebody every five milliseconds. A p99 needs a hundred of them, and they are no load.
constexpr double quiet_per_second = 200;
constexpr std::size_t quiet_connections = 16;

// Counted at P12: at fifteen thousand issues a second the service syncs its log eight hundred
// times, with some twenty issues and their pages each.
constexpr std::size_t log_bytes_per_sync = 48 * 1024;
constexpr double syncs_per_second = 800;

std::vector<double> ratios_of(const std::vector<CrowdRun>& runs, double (*above)(const CrowdRun&)) {
    const Figure upper = figure_of({}, {}, runs, above);
    const Figure lower = figure_of({}, {}, runs, p50_milliseconds);
    return ratios(upper.rounds, lower.rounds);
}

/// What the disk does by itself to whoever writes as the service does.
std::vector<Figure> disk_figures(const std::vector<DiskDelay>& delays) {
    const auto figure = [&](std::string name, std::string unit, auto value) {
        Figure made{.name = std::move(name), .unit = std::move(unit), .rounds = {}};
        for (const DiskDelay& delay : delays) made.rounds.push_back(value(delay));
        return made;
    };
    return {figure("the disk alone: p99 ÷ p50", "",
                   [](const DiskDelay& of) { return of.p99_milliseconds / of.p50_milliseconds; }),
            figure("the disk alone: p99.9 ÷ p50", "",
                   [](const DiskDelay& of) { return of.p999_milliseconds / of.p50_milliseconds; }),
            figure("the disk alone: p50", "ms", std::mem_fn(&DiskDelay::p50_milliseconds)),
            figure("the disk alone: p99", "ms", std::mem_fn(&DiskDelay::p99_milliseconds)),
            figure("the disk alone: p99.9", "ms", std::mem_fn(&DiskDelay::p999_milliseconds))};
}

/// A few people at a quiet coupon while everybody else wants the hot one; those few's figures.
Result<CrowdRun> sell_beside_flood(Shop& shop, const CrowdSize& quiet, const CrowdSize& flood) {
    auto quiet_offer = announce(shop, 1, endless_stock);
    if (!quiet_offer) return quiet_offer.failure();
    auto hot_offer = announce(shop, 1, endless_stock);
    if (!hot_offer) return hot_offer.failure();
    auto seen = send_at_once(
        {customers_of(shop, *quiet_offer, quiet), customers_of(shop, *hot_offer, flood)});
    if (!seen) return seen.failure();
    for (const rehearsal::CrowdResult& crowd : *seen) {
        if (auto right = expect(crowd, AnswerKind::issued); !right) return right.failure();
    }
    CrowdRun run = run_of(seen->front());
    auto audited = audit_sale(shop, *quiet_offer, std::move(seen->front()));
    if (!audited) return audited.failure();
    audited = audit_sale(shop, *hot_offer, std::move(seen->back()));
    if (!audited) return audited.failure();
    return run;
}

}  // namespace

Result<GoalResult> measure_tail(const Workshop& workshop) {
    const Form& form = workshop.form;
    auto shop = Shop::open(workshop, {.flags = {}, .counted = Counted::syncs});
    if (!shop) return shop.failure();
    const CrowdSize full{.connections = goal_connections, .duration = form.duration};
    const CrowdSize usual{.connections = open_loop_connections(form), .duration = form.duration};
    double peak_rate = 0;
    std::vector<DiskDelay> disk;
    const auto sides = run_in_turn(
        form, goal_connections,
        [&](const CrowdSize& size) -> Result<CrowdRun> {
            auto peak = sell_new_coupon(
                *shop, {.connections = full.connections, .duration = size.duration});
            if (peak) peak_rate = peak->per_second;
            return peak;
        },
        [&](const CrowdSize& size) -> Result<CrowdRun> {
            auto run = sell_new_coupon(*shop, {.connections = usual.connections,
                                               .duration = size.duration,
                                               .per_second = usual_load * peak_rate});
            if (!run) return run;
            const auto delay = keep_rhythm(workshop.folder, {.bytes = log_bytes_per_sync,
                                                             .per_second = syncs_per_second,
                                                             .duration = size.duration});
            if (!delay) return delay.failure();
            disk.push_back(*delay);
            return run;
        });
    if (!sides) return sides.failure();
    disk.erase(disk.begin());  // Of the run that is not counted.
    if (auto closed = shop->close(); !closed) return closed.failure();

    using enum Target::Side;
    const std::vector<CrowdRun>& runs = sides->below;
    GoalResult result;
    result.figures = {{.name = "p99 ÷ p50 at 0.7 load",
                       .unit = "",
                       .rounds = ratios_of(runs, p99_milliseconds),
                       .target = Target{.side = at_most, .value = 4}},
                      {.name = "p99.9 ÷ p50 at 0.7 load",
                       .unit = "",
                       .rounds = ratios_of(runs, p999_milliseconds),
                       .target = Target{.side = at_most, .value = 10}},
                      figure_of("p50 at 0.7 load", "ms", runs, p50_milliseconds),
                      figure_of("p99 at 0.7 load", "ms", runs, p99_milliseconds),
                      figure_of("p99.9 at 0.7 load", "ms", runs, p999_milliseconds),
                      rate_of("issues at 0.7 load", runs),
                      rate_of("issues at peak", sides->above)};
    append(result.figures, disk_figures(disk));
    append(result.figures, counts_of("an issue at 0.7 load", runs));
    append(result.figures, costs_of("an issue at 0.7 load", runs));
    result.notes.emplace_back(
        "Requests fall due at a steady rate, 0.7 of the closed loop's with 256 connections just "
        "before, and a latency counts from the moment at which its request was due, sent or not. "
        "The disk alone: one thread that writes 48 KiB to a file 800 times a second and syncs "
        "each, "
        "right after the crowd, and nothing else.");
    return result;
}

Result<GoalResult> measure_beside_flood(const Workshop& workshop) {
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    const auto quiet = [](const CrowdSize& size) {
        return CrowdSize{.connections = quiet_connections,
                         .duration = size.duration,
                         .per_second = quiet_per_second};
    };
    const auto sides = run_in_turn(
        workshop.form, goal_connections,
        [&](const CrowdSize& size) { return sell_beside_flood(*shop, quiet(size), size); },
        [&](const CrowdSize& size) { return sell_new_coupon(*shop, quiet(size)); });
    if (!sides) return sides.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();

    const Figure beside = figure_of("p99 beside a flood", "ms", sides->above, p99_milliseconds);
    const Figure alone = figure_of("p99 alone", "ms", sides->below, p99_milliseconds);
    GoalResult result;
    result.figures = {{.name = "p99 of a quiet coupon beside a flood ÷ alone",
                       .unit = "",
                       .rounds = ratios(beside.rounds, alone.rounds),
                       .target = Target{.side = Target::Side::at_most, .value = 3}},
                      beside,
                      alone,
                      figure_of("p50 beside a flood", "ms", sides->above, p50_milliseconds),
                      figure_of("p50 alone", "ms", sides->below, p50_milliseconds)};
    result.notes.emplace_back(
        "200 requests a second for the quiet coupon, at a steady rate; the flood is 256 "
        "connections "
        "that ask for the hot one again as soon as they have their answer. Two crowds and the "
        "service share the machine's cores.");
    return result;
}

}  // namespace dibs::bench
