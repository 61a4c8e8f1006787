#include "load/against_redis.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "load/crowd_run.h"
#include "load/in_turn.h"
#include "load/own_redis.h"
#include "rivals/redis_sale.h"

namespace dibs::bench {

using base::Result;

namespace {

constexpr std::size_t redis_clients = 64;  // The goal's, and of our connections as well.
// choice: shows what Redis does in a second to some per cent, even where a sync takes milliseconds.
constexpr std::uint64_t first_requests = 2'000;

/// As many requests as take about so long at that rate: redis-benchmark counts, it has no clock.
std::uint64_t requests_for(double per_second, std::chrono::milliseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    return std::max(first_requests, static_cast<std::uint64_t>(per_second * seconds));
}

CrowdRun as_crowd_run(const RedisSale::Run& run) {
    CrowdRun figures;
    figures.answered = run.issued;
    figures.per_second = run.per_second;
    figures.p99 = std::chrono::nanoseconds(static_cast<std::int64_t>(run.p99_milliseconds * 1e6));
    return figures;
}

}  // namespace

Result<GoalResult> measure_against_redis(const Workshop& workshop) {
    auto redis = OwnRedis::start(workshop);
    if (!redis) return redis.failure();
    auto sale = RedisSale::open(*redis);
    if (!sale) return sale.failure();
    if (auto proven = sale->prove(); !proven) return proven.failure();
    const auto first = sale->sell(redis_clients, first_requests);
    if (!first) return first.failure();
    double redis_rate = first->per_second;
    auto shop = Shop::open(workshop, {.flags = {}, .counted = Counted::syncs});
    if (!shop) return shop.failure();
    const auto sides = run_in_turn(
        workshop.form, redis_clients,
        [&](const CrowdSize& size) { return sell_new_coupon(*shop, size); },
        [&](const CrowdSize& size) -> Result<CrowdRun> {
            const auto run = sale->sell(size.connections, requests_for(redis_rate, size.duration));
            if (!run) return run.failure();
            redis_rate = run->per_second;
            return as_crowd_run(*run);
        });
    if (!sides) return sides.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();
    if (auto stopped = redis->stop(); !stopped) return stopped.failure();

    GoalResult result;
    result.figures = {
        ratio_of("issues over HTTP ÷ by Redis's script", *sides,
                 {.side = Target::Side::at_least, .value = 1, .floor = 0.01}),
        rate_of("issues over HTTP", sides->above),
        figure_of("issues over HTTP: p99", "ms", sides->above, p99_milliseconds),
        rate_of("issues by Redis's script", sides->below),
        figure_of("issues by Redis's script: p99", "ms", sides->below, p99_milliseconds)};
    append(result.figures, counts_of("an issue over HTTP", sides->above));
    append(result.figures, costs_of("an issue over HTTP", sides->above));
    result.notes.emplace_back(
        "Redis keeps its append-only file with `appendfsync always`, is asked by redis-benchmark's "
        "64 clients through a Unix socket, one request at a time each, and the set of holders, the "
        "stream and the counter are held against each other after each round. Ours keeps the "
        "history, the live events and the registrations, behind HTTP over TCP, with 64 "
        "connections.");
    return result;
}

}  // namespace dibs::bench
