// Goal: what a time costs in an answer and in a question. Method: one after the other, a
// microsecond apart, as the registrations of a sale are.

#include <benchmark/benchmark.h>

#include <string>

#include "base/instant.h"

namespace dibs::base {
namespace {

const Instant noon = from_microseconds(1'795'780'800'000'000);

void write_time(benchmark::State& state) {
    Instant instant = noon;
    std::string text;
    for (auto _ : state) {
        text.clear();
        append_rfc3339(text, instant);
        instant += std::chrono::microseconds(1);
        benchmark::DoNotOptimize(text.data());
    }
}
BENCHMARK(write_time);

void read_time(benchmark::State& state) {
    const std::string text = to_rfc3339(noon);
    for (auto _ : state) {
        const auto instant = parse_rfc3339(text);
        if (!instant) state.SkipWithError("a time that was written was not read");
        benchmark::DoNotOptimize(instant);
    }
}
BENCHMARK(read_time);

void read_time_with_offset(benchmark::State& state) {
    for (auto _ : state) {
        const auto instant = parse_rfc3339("2026-11-27T21:00:00.012345+09:00");
        if (!instant) state.SkipWithError("a time with an offset was not read");
        benchmark::DoNotOptimize(instant);
    }
}
BENCHMARK(read_time_with_offset);

}  // namespace
}  // namespace dibs::base

BENCHMARK_MAIN();
