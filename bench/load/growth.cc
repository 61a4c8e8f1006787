#include "load/growth.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/ensure.h"
#include "load/bare_store.h"
#include "load/crowd_run.h"
#include "load/filled_store.h"
#include "load/in_turn.h"
#include "rehearsal/latency_histogram.h"

namespace dibs::bench {

using base::Result;
using std::chrono::nanoseconds;

namespace {

constexpr std::int64_t few_events = 1'000;  // The goal's.
// choice: enough for a median of a decision that takes microseconds.
constexpr int decisions_each = 2'000;
constexpr int decisions_in_short = 100;

/// A shop over a store that has seen so many issues.
struct GrownShop {
    std::int64_t rows = 0;
    FilledStore store;
    Shop shop;
    std::vector<CrowdRun> runs = {};
};

Result<std::vector<GrownShop>> open_shops(const Workshop& workshop) {
    std::vector<GrownShop> shops;
    for (const std::int64_t rows : workshop.form.row_counts) {
        auto store = fill_store(workshop, {.issues = rows});
        if (!store) return store.failure();
        auto shop =
            Shop::open(workshop, {.flags = {}, .counted = Counted::syncs, .store = store->url});
        if (!shop) return shop.failure();
        shops.push_back({.rows = rows, .store = *std::move(store), .shop = *std::move(shop)});
    }
    return shops;
}

Result<void> sell_in_turn(std::vector<GrownShop>& shops, const Form& form) {
    const CrowdSize warm_up{.connections = goal_connections, .duration = warm_up_of(form)};
    for (GrownShop& grown : shops) {
        if (auto first = sell_new_coupon(grown.shop, warm_up); !first) return first.failure();
    }
    const CrowdSize size{.connections = goal_connections, .duration = form.duration};
    for (std::size_t round = 0; round < form.rounds; ++round) {
        for (GrownShop& grown : shops) {
            auto run = sell_new_coupon(grown.shop, size);
            if (!run) return run.failure();
            grown.runs.push_back(*std::move(run));
        }
    }
    for (GrownShop& grown : shops) {
        if (auto closed = grown.shop.close(); !closed) return closed;
    }
    return {};
}

/// The median of a decision on a coupon, in microseconds.
Result<double> decide(BareStore& store, std::int64_t coupon_id, int count) {
    rehearsal::LatencyHistogram taken;
    for (int i = 0; i < count; ++i) {
        const auto one = store.decide_one(domain::CouponId{coupon_id});
        if (!one) return one.failure();
        taken.record(*one);
    }
    return std::chrono::duration<double, std::micro>(taken.percentile(50)).count();
}

/// Decisions with many events since the last fold, and with few; medians, round by round.
Result<std::pair<Figure, Figure>> decide_in_turn(const Workshop& workshop) {
    const Form& form = workshop.form;
    auto many = fill_store(workshop, {.issues = form.event_count, .is_live = true});
    if (!many) return many.failure();
    auto few = fill_store(workshop, {.issues = few_events, .is_live = true});
    if (!few) return few.failure();
    auto at_many = BareStore::open_at(many->url);
    if (!at_many) return at_many.failure();
    auto at_few = BareStore::open_at(few->url);
    if (!at_few) return at_few.failure();
    const int count = form.is_short ? decisions_in_short : decisions_each;
    Figure with_many{.name = fmt::format("a decision with {} events since the last fold, p50",
                                         to_text(static_cast<double>(form.event_count))),
                     .unit = "µs",
                     .rounds = {}};
    Figure with_few{.name = "a decision with 1,000, p50", .unit = "µs", .rounds = {}};
    for (std::size_t round = 0; round < form.rounds; ++round) {
        const auto slower = decide(*at_many, many->coupon_id, count);
        if (!slower) return slower.failure();
        const auto faster = decide(*at_few, few->coupon_id, count);
        if (!faster) return faster.failure();
        with_many.rounds.push_back(*slower);
        with_few.rounds.push_back(*faster);
    }
    if (auto verified = at_many->verify(); !verified) return verified.failure();
    if (auto verified = at_few->verify(); !verified) return verified.failure();
    return std::pair(std::move(with_many), std::move(with_few));
}

Curve curve_of(const std::vector<GrownShop>& shops, std::string name, std::string unit,
               double (*value)(const CrowdRun&)) {
    Curve curve{.name = std::move(name),
                .unit = std::move(unit),
                .across = "rows of history and registrations before",
                .is_logarithmic = true,
                .points = {}};
    for (const GrownShop& grown : shops) {
        curve.points.push_back({.at = static_cast<double>(grown.rows),
                                .rounds = figure_of({}, {}, grown.runs, value).rounds});
    }
    return curve;
}

std::string with_rows(std::int64_t rows) {
    return fmt::format("with {} rows", to_text(static_cast<double>(rows)));
}

}  // namespace

Result<GoalResult> measure_growth(const Workshop& workshop) {
    base::ensure(!workshop.form.row_counts.empty(), "a curve has points");
    auto shops = open_shops(workshop);
    if (!shops) return shops.failure();
    if (auto sold = sell_in_turn(*shops, workshop.form); !sold) return sold.failure();
    const auto decisions = decide_in_turn(workshop);
    if (!decisions) return decisions.failure();
    const auto& [with_many, with_few] = *decisions;

    using enum Target::Side;
    const GrownShop& least = shops->front();
    GoalResult result;
    result.figures = {ratio_of(fmt::format("issues {} ÷ {}", with_rows(shops->back().rows),
                                           with_rows(least.rows)),
                               {shops->back().runs, least.runs}, {.side = at_least, .value = 0.9}),
                      {.name = fmt::format("{} ÷ with 1,000", with_many.name),
                       .unit = "",
                       .rounds = ratios(with_many.rounds, with_few.rounds),
                       .target = Target{.side = at_most, .value = 1.2}}};
    for (const GrownShop& grown : *shops) {
        result.figures.push_back(rate_of("issues " + with_rows(grown.rows), grown.runs));
        result.figures.push_back(figure_of(fmt::format("issues {}: p99", with_rows(grown.rows)),
                                           "ms", grown.runs, p99_milliseconds));
        append(result.figures, counts_of("an issue " + with_rows(grown.rows), grown.runs));
        append(result.figures, costs_of("an issue " + with_rows(grown.rows), grown.runs));
    }
    append(result.figures, {with_many, with_few});
    result.curves = {
        curve_of(*shops, "Issues of a hot coupon", "issues/s",
                 [](const CrowdRun& run) { return run.per_second; }),
        curve_of(*shops, "p99 of an issue in the closed loop", "ms", p99_milliseconds)};
    result.notes.emplace_back(
        "The stores are filled beforehand in the books' own form, users in no order, their events "
        "folded; each then sells new coupons to new users over HTTP, 256 connections, the stores "
        "in turn. The service verifies all of it in the end. A decision is the opening of the "
        "books, the answer to one new user and its three rows, with no commit behind it.");
    return result;
}

}  // namespace dibs::bench
