#include "micro/store_group.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <vector>

#include "load/announced_coupon.h"
#include "load/bare_store.h"

namespace dibs::bench {

using base::Result;
using std::chrono::nanoseconds;

namespace {

constexpr std::array<std::size_t, 5> group_sizes{1, 16, 64, 256, 1'024};
constexpr std::size_t usual_group_size = 256;  // The goal's, and the service's default.

/// Issues in groups of one size for that long; issues per second of the store's time, its
/// housekeeping included.
Result<double> issue_for(BareStore& store, std::size_t group_size, nanoseconds duration) {
    const auto coupon = store.offer(endless_stock);
    if (!coupon) return coupon.failure();
    nanoseconds taken{0};
    std::size_t issued = 0;
    while (taken < duration) {
        const auto group = store.issue_group(*coupon, group_size);
        if (!group) return group.failure();
        const auto tidied = store.tidy();
        if (!tidied) return tidied.failure();
        taken += *group + *tidied;
        issued += group_size;
    }
    return static_cast<double>(issued) / std::chrono::duration<double>(taken).count();
}

using RatesBySize = std::map<std::size_t, std::vector<double>>;

/// One round: every size in turn on one store, so that all of them work on the same trees.
Result<void> measure_round(const Workshop& workshop, RatesBySize& rates) {
    auto store = BareStore::open(workshop);
    if (!store) return store.failure();
    for (const std::size_t size : group_sizes) {
        const auto rate = issue_for(*store, size, workshop.form.duration);
        if (!rate) return rate.failure();
        rates[size].push_back(*rate);
    }
    return store->verify();
}

}  // namespace

Result<GoalResult> measure_store_groups(const Workshop& workshop) {
    RatesBySize rates;
    for (std::size_t round = 0; round < workshop.form.rounds; ++round) {
        if (auto done = measure_round(workshop, rates); !done) return done.failure();
    }
    GoalResult result;
    result.figures.push_back({.name = "issues in groups of 256 ÷ one by one",
                              .unit = "",
                              .rounds = ratios(rates[usual_group_size], rates[1]),
                              .target = Target{.side = Target::Side::at_least, .value = 30}});
    for (const std::size_t size : group_sizes) {
        result.figures.push_back({.name = fmt::format("issues in groups of {}", size),
                                  .unit = "1/s",
                                  .rounds = rates[size]});
    }
    result.notes.emplace_back(
        "Each round begins with an empty store, on which the sizes take turns. Each issue is three "
        "rows, of a new user; copies of the log go on beside.");
    return result;
}

}  // namespace dibs::bench
