#include "load/counted.h"

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "load/announced_coupon.h"
#include "load/in_turn.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

// The goal is about 256 or more who wait. A closed loop keeps all of them waiting but those of the
// group that is being committed, which are 256 at most.
constexpr std::size_t connections_with_256_waiting = 512;

// choice: a sale's size; the latch remembers so many holders.
constexpr std::int64_t small_stock = 1'000;

// choice: the latch closes in the background within milliseconds; a machine under a sanitizer is
// waited for.
constexpr std::chrono::seconds latch_patience{30};
constexpr std::chrono::milliseconds latch_look_distance{5};

/// Waits until refusals need no store any more.
Result<void> wait_for_latch(Shop& shop) {
    const auto deadline = std::chrono::steady_clock::now() + latch_patience;
    while (std::chrono::steady_clock::now() < deadline) {
        const auto closed = shop.metric("dibs_sold_out_coupons");
        if (!closed) return closed.failure();
        if (*closed >= 1) return {};
        // Between two looks from outside: nobody tells us.
        std::this_thread::sleep_for(latch_look_distance);
    }
    return Failure{FailureKind::expired, "the latch of the coupon that sold out did not close"};
}

/// Refusals, and in `statements_each` the statements that each round of them took per refusal.
OneRun count_statements(Shop& shop, const Offer& offer, std::vector<double>& statements_each) {
    return [&](const CrowdSize& size) -> Result<CrowdRun> {
        const auto before = shop.metric("dibs_store_statements_total");
        if (!before) return before.failure();
        auto refusals = turn_away(shop, offer, size);
        if (!refusals) return refusals.failure();
        const auto after = shop.metric("dibs_store_statements_total");
        if (!after) return after.failure();
        statements_each.push_back((*after - *before) / static_cast<double>(refusals->answered));
        return refusals;
    };
}

}  // namespace

Result<GoalResult> count_syncs_of_issues(const Workshop& workshop) {
    auto shop = Shop::open(workshop, {.flags = {}, .counted = Counted::syncs});
    if (!shop) return shop.failure();
    std::vector<double> syncs_each;
    std::vector<CrowdRun> runs;
    for (std::size_t round = 0; round < workshop.form.rounds; ++round) {
        auto offer = announce(*shop, 1, endless_stock);
        if (!offer) return offer.failure();
        const std::uint64_t before = shop->calls().syncs;
        auto run =
            sell(*shop, *offer,
                 {.connections = connections_with_256_waiting, .duration = workshop.form.duration});
        if (!run) return run.failure();
        const auto syncs = static_cast<double>(shop->calls().syncs - before);
        if (syncs == 0) {
            return Failure{FailureKind::corrupted, "the service's syncs were not counted"};
        }
        syncs_each.push_back(syncs / static_cast<double>(run->answered));
        runs.push_back(*std::move(run));
    }
    if (auto closed = shop->close(); !closed) return closed.failure();

    // The goal's number: one in sixty-four.
    const Target target{.side = Target::Side::at_most, .value = 1.0 / 64, .floor = 1.0 / 64};
    GoalResult result;
    result.figures = {
        {.name = "syncs ÷ issues", .unit = "", .rounds = syncs_each, .target = target},
        rate_of("issues", runs)};
    result.notes.emplace_back(
        "512 connections, so that 256 wait while a group is committed. Counted are all calls "
        "of "
        "fsync and fdatasync by the whole process, the checkpoints' included.");
    return result;
}

Result<GoalResult> measure_refusals(const Workshop& workshop) {
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    auto offer = announce(*shop, 1, small_stock);
    if (!offer) return offer.failure();
    if (auto sold = sell_out(*shop, *offer, goal_connections); !sold) return sold.failure();
    if (auto closed = wait_for_latch(*shop); !closed) return closed.failure();
    std::vector<double> statements_each;
    const auto sides = run_in_turn(workshop.form, goal_connections,
                                   count_statements(*shop, *offer, statements_each),
                                   [&](const CrowdSize& size) { return knock(*shop, size); });
    if (!sides) return sides.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();

    GoalResult result;
    result.figures = {ratio_of("refusals ÷ no-op requests", *sides,
                               {.side = Target::Side::at_least, .value = 0.85}),
                      {.name = "statements ÷ refusals",
                       .unit = "",
                       .rounds = statements_each,
                       .target = Target{.side = Target::Side::at_most, .value = 0, .floor = 0}},
                      rate_of("refusals", sides->above),
                      rate_of("no-op requests", sides->below)};
    append(result.figures, costs_of("a refusal", sides->above));
    append(result.figures, costs_of("a no-op request", sides->below));
    return result;
}

}  // namespace dibs::bench
