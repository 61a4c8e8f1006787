#include "load/against_wrk.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>

#include "load/crowd_run.h"
#include "load/in_turn.h"
#include "load/program.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;

namespace {

/// The number behind a word of wrk's report.
double number_behind(const std::string& report, std::string_view word) {
    const std::size_t at = report.find(word);
    return at == std::string::npos ? 0 : std::strtod(report.c_str() + at + word.size(), nullptr);
}

/// The same requests by wrk, from one thread as ours come. It counts in whole seconds.
Result<CrowdRun> knock_by_wrk(const Shop& shop, const std::string& wrk, const CrowdSize& size,
                              const TemporaryFolder& folder) {
    const auto seconds =
        std::max<std::int64_t>(1, std::chrono::round<std::chrono::seconds>(size.duration).count());
    const auto report = output_of(
        {.command = {wrk, "--threads", "1", "--connections", std::to_string(size.connections),
                     "--duration", fmt::format("{}s", seconds), "--header",
                     "X-User-Id: 00000000-0000000000000000",
                     fmt::format("http://{}:{}/", shop.address().host, shop.address().port)},
         .environment = {},
         .output = folder.path() / "wrk.txt"});
    if (!report) return report.failure();
    CrowdRun run;
    run.per_second = number_behind(*report, "Requests/sec:");
    if (run.per_second > 0 && !report->contains("Non-2xx") && !report->contains("Socket errors")) {
        return run;
    }
    return Failure{FailureKind::corrupted, "wrk saw something else: " + *report};
}

}  // namespace

Result<GoalResult> measure_against_wrk(const Workshop& workshop) {
    const auto wrk = find_program("wrk");
    if (!wrk) return wrk.failure();
    const auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    auto shop = Shop::open(workshop);
    if (!shop) return shop.failure();
    const auto sides = run_in_turn(
        workshop.form, goal_connections, [&](const CrowdSize& size) { return knock(*shop, size); },
        [&](const CrowdSize& size) { return knock_by_wrk(*shop, *wrk, size, *folder); });
    if (!sides) return sides.failure();
    if (auto closed = shop->close(); !closed) return closed.failure();

    // Within ten per cent of each other, whichever of them is ahead.
    const Target within{.side = Target::Side::at_least, .value = 0.9};
    GoalResult result;
    result.figures = {
        ratio_of("requests by our generator ÷ by wrk", *sides, within),
        ratio_of("requests by wrk ÷ by our generator", {sides->below, sides->above}, within),
        rate_of("no-op requests by our generator", sides->above),
        rate_of("no-op requests by wrk", sides->below)};
    append(result.figures, costs_of("a no-op request", sides->above));
    result.notes.emplace_back(
        "The same requests on as many connections, each from one thread in a closed loop, at the "
        "same service.");
    return result;
}

}  // namespace dibs::bench
