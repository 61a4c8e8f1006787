// Goal: what the rule itself costs, next to which everything else is transport.
// Method: one coupon with its books open, asked over and over by somebody to whom each answer
// applies; stock without end, so that an issue is always one more issue.

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/ensure.h"
#include "domain/coupon.h"

namespace dibs::domain {
namespace {

const base::Instant noon = base::from_microseconds(1'795'780'800'000'000);
constexpr std::int64_t endless_stock = 1'000'000'000'000;

Coupon open_coupon(std::int64_t stock) {
    const CouponTerms terms{.id = CouponId{42},
                            .name = "Black Friday 50%",
                            .description = "Half off everything",
                            .from = noon,
                            .to = noon + std::chrono::hours(24),
                            .limit_per_user = 1,
                            .created_at = noon};
    return {std::make_shared<const CouponTerms>(terms),
            Balance{.head = Sequence{1}, .stock = stock, .issued = 0}};
}

UserId user_named(std::string_view name) {
    const auto user = UserId::parse(name);
    base::ensure(user.has_value(), "the benchmark's user has a name");
    return *user;
}

void decide(benchmark::State& state, std::int64_t stock, base::Instant arrived_at,
            IssueOutcome expected) {
    Coupon coupon = open_coupon(stock);
    const UserId user = user_named("00012345-1795780800000000");
    const std::optional<IdempotencyKey> no_key;
    const IssueRequest request{user, no_key, arrived_at};
    for (auto _ : state) {
        const IssueDecision decision = coupon.register_(request, {});
        if (decision.outcome != expected) state.SkipWithError("another outcome");
        benchmark::DoNotOptimize(&decision);
    }
}
BENCHMARK_CAPTURE(decide, issued, endless_stock, noon, IssueOutcome::issued);
BENCHMARK_CAPTURE(decide, sold_out, 0, noon, IssueOutcome::sold_out);
BENCHMARK_CAPTURE(decide, not_started, endless_stock, noon - std::chrono::seconds(1),
                  IssueOutcome::not_started);

/// Somebody who holds the coupon asks for it again.
void decide_again(benchmark::State& state) {
    Coupon coupon = open_coupon(endless_stock);
    const UserId user = user_named("00012345-1795780800000000");
    const std::optional<IdempotencyKey> no_key;
    const IssueRequest request{user, no_key, noon};
    const IssueDecision first = coupon.register_(request, {});
    const std::vector<RegisteredCoupon> held{to_registered(*first.create)};
    for (auto _ : state) {
        const IssueDecision decision = coupon.register_(request, held);
        if (decision.outcome != IssueOutcome::already_registered) {
            state.SkipWithError("another outcome");
        }
        benchmark::DoNotOptimize(&decision);
    }
}
BENCHMARK(decide_again);

}  // namespace
}  // namespace dibs::domain

BENCHMARK_MAIN();
