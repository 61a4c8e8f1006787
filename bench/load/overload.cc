#include "load/overload.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "load/announced_coupon.h"
#include "load/crowd_run.h"
#include "load/in_turn.h"
#include "load/process_memory.h"

// Each round is four crowds: at peak, at peak with many connections, below peak, and far above it.
// The one far above comes once more to a service whose line is short, which shows what the door
// does when it has to refuse.

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using rehearsal::AnswerKind;

namespace {

constexpr std::size_t many_connections = 2'048;  // The goal's.
constexpr std::size_t many_in_short = 256;
constexpr double overload_factor = 10;  // The goal's.
// choice: two groups of the usual most; the rest of 2,048 find the line full.
constexpr int short_line = 512;
constexpr int shortest_line = 32;  // In the short form, so that somebody is refused there.

/// What a crowd came to of which only a part is served.
struct OverloadRun {
    double accepted_per_second = 0;
    double p99_milliseconds = 0;  ///< Of the accepted.
    double refused_per_second = 0;
    double gone_away_per_second = 0;  ///< No connection was free for them.
    double peak_bytes = 0;
};

/// One round of everything.
struct Round {
    CrowdRun peak;
    CrowdRun many;
    CrowdRun usual;
    double peak_bytes = 0;
    OverloadRun overload;
    OverloadRun overload_at_short_line;
};

Result<OverloadRun> overload(Shop& shop, const CrowdSize& size) {
    auto offer = announce(shop, 1, endless_stock);
    if (!offer) return offer.failure();
    rehearsal::CrowdOptions crowd = customers_of(shop, *offer, size);
    crowd.goes_away_when_full = true;
    forget_peak(shop.service().id());
    auto seen = send(crowd);
    if (!seen) return seen.failure();
    for (const rehearsal::OutcomeCount& outcome : seen->outcomes) {
        if (outcome.kind == AnswerKind::issued || outcome.code == "overloaded") continue;
        return Failure{FailureKind::corrupted,
                       fmt::format("{} requests were answered {} {}", outcome.count, outcome.status,
                                   outcome.code)};
    }
    if (seen->unanswered() > 0) {
        return Failure{FailureKind::corrupted,
                       fmt::format("{} requests were not answered", seen->unanswered())};
    }
    const double seconds = std::chrono::duration<double>(seen->elapsed).count();
    const auto rate = [seconds](std::uint64_t count) {
        return static_cast<double>(count) / seconds;
    };
    const OverloadRun run{
        .accepted_per_second = rate(seen->count_of(AnswerKind::issued)),
        .p99_milliseconds = std::chrono::duration<double, std::milli>(
                                seen->latency_of(AnswerKind::issued).percentile(99))
                                .count(),
        .refused_per_second = rate(seen->count_of(AnswerKind::failed)),
        .gone_away_per_second = rate(seen->never_sent),
        .peak_bytes = peak_resident_bytes(shop.service().id())};
    if (auto audited = audit_sale(shop, *offer, *std::move(seen)); !audited) {
        return audited.failure();
    }
    return run;
}

Result<Round> run_round(Shop& shop, Shop& short_shop, const Form& form) {
    const std::size_t many = form.is_short ? many_in_short : many_connections;
    Round round;
    forget_peak(shop.service().id());
    auto peak =
        sell_new_coupon(shop, {.connections = peak_connections(form), .duration = form.duration});
    if (!peak) return peak.failure();
    round.peak_bytes = peak_resident_bytes(shop.service().id());
    round.peak = *std::move(peak);
    auto at_many = sell_new_coupon(shop, {.connections = many, .duration = form.duration});
    if (!at_many) return at_many.failure();
    round.many = *std::move(at_many);
    auto usual = sell_new_coupon(shop, {.connections = many,
                                        .duration = form.duration,
                                        .per_second = usual_load * round.peak.per_second});
    if (!usual) return usual.failure();
    round.usual = *std::move(usual);
    const CrowdSize flood{.connections = many,
                          .duration = form.duration,
                          .per_second = overload_factor * round.peak.per_second};
    const auto over = overload(shop, flood);
    if (!over) return over.failure();
    round.overload = *over;
    const auto over_at_short = overload(short_shop, flood);
    if (!over_at_short) return over_at_short.failure();
    round.overload_at_short_line = *over_at_short;
    return round;
}

template <typename Value>
Figure of_rounds(std::string name, std::string unit, const std::vector<Round>& rounds,
                 const Value& value) {
    Figure figure{.name = std::move(name), .unit = std::move(unit), .rounds = {}};
    std::ranges::transform(rounds, std::back_inserter(figure.rounds), value);
    return figure;
}

Figure with_target(Figure figure, const Target& target) {
    figure.target = target;
    return figure;
}

std::vector<Figure> overload_figures(const std::string& where, const std::vector<Round>& rounds,
                                     OverloadRun Round::*run) {
    const auto part = [&](const char* what, const char* unit, double OverloadRun::*value) {
        return of_rounds(fmt::format("{}: {}", where, what), unit, rounds,
                         [run, value](const Round& round) { return round.*run.*value; });
    };
    return {part("accepted", "1/s", &OverloadRun::accepted_per_second),
            part("p99 of the accepted", "ms", &OverloadRun::p99_milliseconds),
            part("refused", "1/s", &OverloadRun::refused_per_second),
            part("found no free connection", "1/s", &OverloadRun::gone_away_per_second)};
}

GoalResult to_result(const std::vector<Round>& rounds, int line) {
    using enum Target::Side;
    GoalResult result;
    result.figures = {
        with_target(of_rounds("issues at 2,048 connections ÷ at peak", "", rounds,
                              [](const Round& round) {
                                  return round.many.per_second / round.peak.per_second;
                              }),
                    {.side = at_least, .value = 0.9}),
        with_target(of_rounds("p99 of the accepted at 10 × overload ÷ at 0.7 load", "", rounds,
                              [](const Round& round) {
                                  return round.overload.p99_milliseconds /
                                         p99_milliseconds(round.usual);
                              }),
                    {.side = at_most, .value = 2}),
        with_target(of_rounds("resident memory at overload ÷ at peak", "", rounds,
                              [](const Round& round) {
                                  return round.overload.peak_bytes / round.peak_bytes;
                              }),
                    {.side = at_most, .value = 1.25, .floor = 8}),
        of_rounds("issues at peak (512 connections)", "1/s", rounds,
                  [](const Round& round) { return round.peak.per_second; }),
        of_rounds("p99 at 0.7 load", "ms", rounds,
                  [](const Round& round) { return p99_milliseconds(round.usual); })};
    append(result.figures, overload_figures("overload", rounds, &Round::overload));
    append(result.figures, overload_figures(fmt::format("overload, a line of {}", line), rounds,
                                            &Round::overload_at_short_line));
    result.notes.emplace_back(
        "At 0.7 load and at overload requests fall due at a steady rate, and a latency counts from "
        "the moment at which its request was due. At overload whoever finds none of the 2,048 "
        "connections free goes away: they never reached the service.");
    return result;
}

}  // namespace

Result<GoalResult> measure_overload(const Workshop& workshop) {
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    const int line = workshop.form.is_short ? shortest_line : short_line;
    auto short_shop = Shop::open(workshop, {.flags = {"--queue-max", std::to_string(line)}});
    if (!short_shop) return short_shop.failure();
    std::vector<Round> rounds;
    for (std::size_t i = 0; i < workshop.form.rounds; ++i) {
        auto round = run_round(*shop, *short_shop, workshop.form);
        if (!round) return round.failure();
        rounds.push_back(*std::move(round));
    }
    if (auto closed = shop->close(); !closed) return closed.failure();
    if (auto closed = short_shop->close(); !closed) return closed.failure();
    return to_result(rounds, line);
}

}  // namespace dibs::bench
