#include "load/memory.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "load/crowd_run.h"
#include "load/idle_connections.h"
#include "load/process_memory.h"

namespace dibs::bench {

using base::Result;

namespace {

constexpr double kibibyte = 1024;
constexpr double mebibyte = 1024 * kibibyte;

/// What a fresh service holds, and how much more with idle connections; bytes.
struct AtRest {
    double alone = 0;
    double each_connection = 0;
};

Result<AtRest> rest(const Workshop& workshop) {
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    // The first one meets what is allocated once.
    const auto first = IdleConnections::open(shop->address(), 1);
    if (!first) return first.failure();
    AtRest at{.alone = resident_bytes(shop->service().id())};
    const std::size_t count = workshop.form.idle_connections;
    const auto idle = IdleConnections::open(shop->address(), count);
    if (!idle) return idle.failure();
    at.each_connection =
        (resident_bytes(shop->service().id()) - at.alone) / static_cast<double>(count);
    if (auto closed = shop->close(); !closed) return closed.failure();
    return at;
}

/// Resident bytes after each of the sales that follow one another at peak, and when that was.
Result<Curve> watch_at_peak(const Workshop& workshop) {
    const Form& form = workshop.form;
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    const CrowdSize size{.connections = peak_connections(form), .duration = form.duration};
    Curve curve{.name = "Resident memory at peak",
                .unit = "MiB",
                .across = "seconds of issuing",
                .points = {}};
    std::chrono::milliseconds passed{0};
    // The first sale meets what is allocated once, and what grows to its limit.
    while (passed < form.watch + form.duration) {
        auto run = sell_new_coupon(*shop, size);
        if (!run) return run.failure();
        passed += form.duration;
        curve.points.push_back({.at = std::chrono::duration<double>(passed).count(),
                                .rounds = {resident_bytes(shop->service().id()) / mebibyte}});
    }
    if (auto closed = shop->close(); !closed) return closed.failure();
    return curve;
}

}  // namespace

Result<GoalResult> measure_memory(const Workshop& workshop) {
    using enum Target::Side;
    Figure at_rest{.name = "resident at rest",
                   .unit = "MiB",
                   .rounds = {},
                   .target = Target{.side = at_most, .value = 40, .floor = 400}};
    Figure each_connection{
        .name = fmt::format("each of {} idle connections",
                            to_text(static_cast<double>(workshop.form.idle_connections))),
        .unit = "KiB",
        .rounds = {},
        .target = Target{.side = at_most, .value = 8, .floor = 80}};
    for (std::size_t round = 0; round < workshop.form.rounds; ++round) {
        const auto at = rest(workshop);
        if (!at) return at.failure();
        at_rest.rounds.push_back(at->alone / mebibyte);
        each_connection.rounds.push_back(at->each_connection / kibibyte);
    }
    auto curve = watch_at_peak(workshop);
    if (!curve) return curve.failure();
    const double seconds = curve->points.back().at - curve->points.front().at;
    GoalResult result;
    result.figures = {
        std::move(at_rest),
        std::move(each_connection),
        {.name = fmt::format("growth in {} s at peak", to_text(seconds)),
         .unit = "MiB",
         .rounds = {curve->points.back().rounds.front() - curve->points.front().rounds.front()},
         .target = Target{.side = at_most, .value = 0, .floor = 200}}};
    result.notes.emplace_back(
        "Each connection has asked once and is kept open; what the kernel holds for it is not the "
        "service's. The growth is one long run of sales that follow one another, from the end of "
        "the first to that of the last; `--long` watches for an hour.");
    result.curves.push_back(*std::move(curve));
    return result;
}

}  // namespace dibs::bench
