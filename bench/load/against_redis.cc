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

/// Sales in Redis that reach it one way, each about as long as it is asked for, by the rate of the
/// one before.
OneRun sell_in_redis(RedisSale& sale, OwnRedis::Way way, double first_per_second) {
    return [&sale, way,
            per_second = first_per_second](const CrowdSize& size) mutable -> Result<CrowdRun> {
        const auto run = sale.sell(way, size.connections, requests_for(per_second, size.duration));
        if (!run) return run.failure();
        per_second = run->per_second;
        return as_crowd_run(*run);
    };
}

}  // namespace

Result<GoalResult> measure_against_redis(const Workshop& workshop) {
    auto redis = OwnRedis::start(workshop);
    if (!redis) return redis.failure();
    auto sale = RedisSale::open(*redis);
    if (!sale) return sale.failure();
    if (auto proven = sale->prove(); !proven) return proven.failure();
    const auto first = sale->sell(OwnRedis::Way::tcp, redis_clients, first_requests);
    if (!first) return first.failure();
    auto shop = Shop::open(workshop, {.flags = {}, .counted = Counted::syncs});
    if (!shop) return shop.failure();
    std::vector<CrowdRun> ours;
    std::vector<CrowdRun> over_tcp;
    std::vector<CrowdRun> by_unix_socket;
    const auto measured = run_all_in_turn(
        workshop.form, redis_clients,
        {{[&](const CrowdSize& size) { return sell_new_coupon(*shop, size); }, &ours},
         {sell_in_redis(*sale, OwnRedis::Way::tcp, first->per_second), &over_tcp},
         {sell_in_redis(*sale, OwnRedis::Way::unix_socket, first->per_second), &by_unix_socket}});
    if (!measured) return measured.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();
    if (auto stopped = redis->stop(); !stopped) return stopped.failure();

    GoalResult result;
    result.figures = {ratio_of("issues over HTTP ÷ by Redis's script", {ours, over_tcp},
                               {.side = Target::Side::at_least, .value = 1, .floor = 0.01}),
                      ratio_of("issues over HTTP ÷ by Redis's script, through a Unix socket",
                               {ours, by_unix_socket}),
                      rate_of("issues over HTTP", ours),
                      figure_of("issues over HTTP: p99", "ms", ours, p99_milliseconds),
                      rate_of("issues by Redis's script", over_tcp),
                      figure_of("issues by Redis's script: p99", "ms", over_tcp, p99_milliseconds),
                      rate_of("issues by Redis's script, through a Unix socket", by_unix_socket)};
    append(result.figures, counts_of("an issue over HTTP", ours));
    append(result.figures, costs_of("an issue over HTTP", ours));
    result.notes.emplace_back(
        "Redis keeps its append-only file with `appendfsync always` and is asked by "
        "redis-benchmark's 64 clients, one request at a time each, over the loopback's TCP as ours "
        "is, and, for comparison, through a Unix socket, which ours has not; the set of holders, "
        "the stream and the counter are held against each other after each round. Ours keeps the "
        "history, the live events and the registrations, behind HTTP, with 64 connections.");
    return result;
}

}  // namespace dibs::bench
