// Goal: what it costs to tell somebody that the coupon is theirs, or that it isn't, up to the bytes
// on the wire. Method: the same result made into an answer over and over, its memory used again.

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/ensure.h"
#include "controller/wire_format.h"
#include "http/response_writer.h"

namespace dibs::controller {
namespace {

const base::Instant noon = base::from_microseconds(1'795'780'800'000'000);
constexpr std::string_view date = "Fri, 27 Nov 2026 12:00:00 GMT";

issuing::IssueResult issued_result() {
    const auto user = domain::UserId::parse("00012345-1795780800000000");
    base::ensure(user.has_value(), "the benchmark's user has a name");
    domain::RegisteredCoupon registered{.coupon_id = domain::CouponId{42},
                                        .sequence = domain::Sequence{1'018},
                                        .user_id = *user,
                                        .nth = 1,
                                        .rank = 1'017,
                                        .idempotency_key = std::nullopt,
                                        .registered_at = noon,
                                        .status = domain::RegistrationStatus::active};
    domain::CouponTerms terms{.id = domain::CouponId{42},
                              .name = "Black Friday 50%",
                              .description = "Half off everything",
                              .from = noon,
                              .to = noon + std::chrono::hours(24),
                              .limit_per_user = 1,
                              .created_at = noon};
    return {domain::IssueOutcome::issued,
            {std::move(registered)},
            std::make_shared<const domain::CouponTerms>(std::move(terms))};
}

/// The JSON of a 201 alone.
void write_body(benchmark::State& state) {
    const issuing::IssueResult result = issued_result();
    std::string body;
    for (auto _ : state) {
        body.clear();
        append_registered(body, result.registered.front(), *result.terms);
        benchmark::DoNotOptimize(body.data());
    }
}
BENCHMARK(write_body);

void write_answer(benchmark::State& state, const issuing::IssueResult& result, unsigned status) {
    std::string wire;
    for (auto _ : state) {
        wire.clear();
        const http::Response response = to_response(result);
        if (response.status != status) state.SkipWithError("another status");
        http::append_response(wire, response, http::AnswerContext{}, date);
        benchmark::DoNotOptimize(wire.data());
    }
    state.counters["bytes"] = static_cast<double>(wire.size());
}
BENCHMARK_CAPTURE(write_answer, issued, issued_result(), 201U);
BENCHMARK_CAPTURE(write_answer, sold_out, {domain::IssueOutcome::sold_out, {}, nullptr}, 400U);

}  // namespace
}  // namespace dibs::controller

BENCHMARK_MAIN();
