#include "load/request_calls.h"

#include <functional>
#include <string>
#include <vector>

#include "load/announced_coupon.h"
#include "load/crowd_run.h"
#include "load/in_turn.h"

namespace dibs::bench {

using base::Result;

namespace {

// choice: a sale's size.
constexpr std::int64_t stock_to_sell_out = 1'000;

/// A kind of request, and the runs of those who sent nothing else.
struct Kind {
    std::string what;
    OneRun send;
    std::vector<CrowdRun> runs = {};
};

}  // namespace

Result<GoalResult> count_calls_of_requests(const Workshop& workshop) {
    auto shop = Shop::open(workshop, {.flags = {}, .counted = Counted::every_call});
    if (!shop) return shop.failure();
    auto sold_out = announce(*shop, 1, stock_to_sell_out);
    if (!sold_out) return sold_out.failure();
    if (auto sold = sell_out(*shop, *sold_out, goal_connections); !sold) return sold.failure();

    std::vector<Kind> kinds;
    kinds.push_back({"a no-op request", [&](const CrowdSize& size) { return knock(*shop, size); }});
    kinds.push_back(
        {"a refusal", [&](const CrowdSize& size) { return turn_away(*shop, *sold_out, size); }});
    kinds.push_back(
        {"an issue", [&](const CrowdSize& size) { return sell_new_coupon(*shop, size); }});
    const Form& form = workshop.form;
    for (Kind& kind : kinds) {
        const auto first =
            kind.send({.connections = goal_connections, .duration = warm_up_of(form)});
        if (!first) return first.failure();
    }
    for (std::size_t round = 0; round < form.rounds; ++round) {
        for (Kind& kind : kinds) {
            auto run = kind.send({.connections = goal_connections, .duration = form.duration});
            if (!run) return run.failure();
            kind.runs.push_back(*std::move(run));
        }
    }
    if (auto closed = shop->close(); !closed) return closed.failure();

    GoalResult result;
    for (const Kind& kind : kinds) append(result.figures, counts_of(kind.what, kind.runs));
    result.notes.emplace_back(
        "256 connections. System calls are those of sockets, files and epoll, of the whole "
        "process; "
        "who waits for another thread shows as a switch. What brings a connection up is in it.");
    return result;
}

}  // namespace dibs::bench
