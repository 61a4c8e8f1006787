// Goal: what the place in line costs, which every request of every HTTP thread takes under one
// lock. Method: so many join, then all of them are taken as a group, on one thread; then several
// threads join while one takes.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/named_thread.h"
#include "issuing/waiting_line.h"

namespace dibs::issuing {
namespace {

// choice: no run comes near it; a full line would measure refusals.
constexpr std::size_t waiting_max = 1'000'000;

PendingIssue new_request(std::int64_t coupon = 42) {
    auto user = domain::UserId::parse("00012345-1795780800000000");
    base::ensure(user.has_value(), "the benchmark's user has a name");
    return {.coupon_id = domain::CouponId{coupon},
            .user_id = *std::move(user),
            .idempotency_key = std::nullopt,
            .deadline = base::SteadyInstant::max()};
}

void join_and_take(benchmark::State& state) {
    const base::SystemClock clock;
    WaitingLine line(waiting_max, clock);
    const auto group_size = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        for (std::size_t i = 0; i < group_size; ++i) {
            if (line.join(new_request()) != WaitingLine::Admission::joined) {
                state.SkipWithError("turned away");
            }
        }
        const auto group = line.take(group_size);
        if (group.size() != group_size) state.SkipWithError("the group is not whole");
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(join_and_take)->Arg(1)->Arg(64)->Arg(256);

/// So many coupons with a few requests each, joining in turn, and taken in groups: once with a
/// group of all coupons, and once with one of one.
void join_and_take_many(benchmark::State& state, repository::GroupScope scope) {
    constexpr std::int64_t per_coupon = 4;  // choice: a few.
    const base::SystemClock clock;
    WaitingLine line(waiting_max, clock, scope);
    const std::int64_t coupons = state.range(0);
    for (auto _ : state) {
        for (std::int64_t i = 0; i < per_coupon * coupons; ++i) {
            if (line.join(new_request(i % coupons)) != WaitingLine::Admission::joined) {
                state.SkipWithError("turned away");
            }
        }
        while (line.length() > 0) benchmark::DoNotOptimize(line.take(256));
    }
    state.SetItemsProcessed(state.iterations() * coupons * per_coupon);
}
BENCHMARK_CAPTURE(join_and_take_many, all_coupons, repository::GroupScope::all_coupons)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000);
BENCHMARK_CAPTURE(join_and_take_many, one_coupon, repository::GroupScope::one_coupon)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000);

/// A line from which a committer takes whatever waits.
class LineWithCommitter : public benchmark::Fixture {
public:
    // Called on each of the threads; the first one opens and closes for all.
    void SetUp(benchmark::State& state) override {
        if (state.thread_index() != 0) return;
        line_ = std::make_unique<WaitingLine>(waiting_max, clock_);
        committer_ = base::NamedThread("committer", [this] {
            while (!line_->take(256).empty()) {
            }
        });
    }
    void TearDown(benchmark::State& state) override {
        if (state.thread_index() != 0) return;
        line_->close();
        committer_.join();
    }

protected:
    const base::SystemClock clock_;
    std::unique_ptr<WaitingLine> line_;
    base::NamedThread committer_;
};

BENCHMARK_DEFINE_F(LineWithCommitter, join)(benchmark::State& state) {
    for (auto _ : state) {
        if (line_->join(new_request()) != WaitingLine::Admission::joined) {
            state.SkipWithError("turned away");
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_REGISTER_F(LineWithCommitter, join)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace dibs::issuing

BENCHMARK_MAIN();
