#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "simulation/random.h"
#include "simulation/trace.h"

namespace dibs::simulation {

/// How often what goes wrong, in cases of a million; drawn once for each run.
struct FaultRates {
    std::int64_t unavailable = 0;    ///< A call fails before it has done anything.
    std::int64_t slow = 0;           ///< A call takes many times as long.
    std::int64_t lost_commit = 0;    ///< A commit fails, and nothing was written.
    std::int64_t conflict = 0;       ///< The same, because of somebody who isn't there.
    std::int64_t doubt_written = 0;  ///< A commit's answer is lost, and it was written.
    std::int64_t doubt_lost = 0;     ///< The same, and it wasn't.
    std::int64_t doubt_late = 0;     ///< The same; the server comes to it, or not, later on.
    std::int64_t corrupted = 0;      ///< What is read of a coupon contradicts itself.
    std::int64_t stolen_lock = 0;    ///< A lock ends although its holder goes on.
    std::int64_t lost_notice = 0;    ///< A watch isn't told of a restock.
    std::set<std::string> refused;   ///< Users whose rows a guard of the store says no to.
    bool is_on = false;

    [[nodiscard]] bool happens(Random& random, std::int64_t rate) const {
        return is_on && rate > 0 && random.happens(rate);
    }
};

/// Draws rates: some runs have none, some a few, some many.
[[nodiscard]] inline FaultRates draw_fault_rates(Random& random, bool has_one_node) {
    FaultRates rates;
    const std::int64_t worst = random.one_of(std::vector<std::int64_t>{0, 2'000, 20'000, 80'000});
    const auto rate = [&] { return random.happens(600'000) ? random.between(0, worst) : 0; };
    rates.unavailable = rate() / 4;
    rates.slow = rate();
    rates.lost_commit = rate();
    rates.conflict = has_one_node ? 0 : rate();
    rates.doubt_written = rate();
    rates.doubt_lost = rate();
    rates.doubt_late = has_one_node ? 0 : rate();
    rates.corrupted = rate() / 8;
    rates.stolen_lock = has_one_node ? 0 : rate();
    rates.lost_notice = random.between(0, 1'000'000);
    return rates;
}

}  // namespace dibs::simulation
