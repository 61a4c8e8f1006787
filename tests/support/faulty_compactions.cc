#include "support/faulty_compactions.h"

#include <chrono>
#include <utility>

#include "base/ensure.h"

namespace dibs::test {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using domain::CouponId;
using repository::CompactionPoint;
using repository::CompactionPortion;
using repository::CompactionRun;

namespace {

std::size_t place_of(FoldStep step) {
    return static_cast<std::size_t>(step);
}

}  // namespace

std::vector<FoldStep> FaultyCompactions::calls() const {
    return plan_.with([](const Plan& plan) { return plan.calls; });
}

std::vector<std::int64_t> FaultyCompactions::replaced() const {
    return plan_.with([](const Plan& plan) { return plan.replaced; });
}

void FaultyCompactions::end_after(std::size_t call_count) {
    plan_.with([&](Plan& plan) { plan.calls_until_the_end = call_count; });
}

void FaultyCompactions::end_within(std::size_t call_count) {
    plan_.with([&](Plan& plan) {
        plan.calls_until_the_end = call_count;
        plan.is_last_unheard = true;
    });
}

void FaultyCompactions::fail_next(FoldStep step, FailureKind kind) {
    plan_.with([&](Plan& plan) { plan.failures.at(place_of(step)) = kind; });
}

void FaultyCompactions::before(FoldStep step, std::function<void()> deed) {
    plan_.with([&](Plan& plan) { plan.deeds.at(place_of(step)) = std::move(deed); });
}

void FaultyCompactions::give_next_portion(CompactionPortion portion) {
    plan_.with([&](Plan& plan) { plan.portion = std::move(portion); });
}

void FaultyCompactions::let_another_lead(bool does_lead) {
    plan_.with([&](Plan& plan) { plan.does_another_lead = does_lead; });
}

void FaultyCompactions::wait_until_done(FoldStep step, int times) {
    // choice: only a broken build ever waits so long.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto is_done = [&](const Plan& plan) { return plan.done.at(place_of(step)) >= times; };
    base::ensure(plan_.wait_until(deadline, is_done, is_done), "a fold comes to its steps in time");
}

/// Notes the call, does what the test has ordered, and then the work itself unless it is to fail.
template <typename Work>
auto FaultyCompactions::perform(FoldStep step, Work work) -> decltype(work()) {
    std::optional<FailureKind> failure;
    bool is_unheard = false;
    const std::function<void()> deed = plan_.with([&](Plan& plan) {
        plan.calls.push_back(step);
        failure = std::exchange(plan.failures.at(place_of(step)), std::nullopt);
        if (plan.calls.size() > plan.calls_until_the_end) failure = FailureKind::unavailable;
        is_unheard = plan.is_last_unheard && plan.calls.size() == plan.calls_until_the_end;
        return plan.deeds.at(place_of(step));
    });
    if (deed) deed();
    if (failure) return Failure{*failure, "ordered by the test"};
    auto result = work();
    plan_.with([&](Plan& plan) { ++plan.done.at(place_of(step)); });
    plan_.notify_all();
    if (is_unheard) return Failure{FailureKind::in_doubt, "ordered by the test"};
    return result;
}

Result<CompactionRun> FaultyCompactions::claim(Instant until, repository::CompactionTrigger trigger,
                                               Instant now) {
    return perform(FoldStep::claim, [&] { return behind_.claim(until, trigger, now); });
}

Result<bool> FaultyCompactions::lead(std::int64_t run) {
    return perform(FoldStep::lead, [&]() -> Result<bool> {
        if (plan_.with([](const Plan& plan) { return plan.does_another_lead; })) return false;
        return behind_.lead(run);
    });
}

Result<std::vector<CompactionPoint>> FaultyCompactions::find_points(Instant until, CouponId after,
                                                                    std::size_t count_max) {
    return perform(FoldStep::find_points,
                   [&] { return behind_.find_points(until, after, count_max); });
}

Result<void> FaultyCompactions::add_points(std::int64_t run,
                                           const std::vector<CompactionPoint>& points) {
    return perform(FoldStep::add_points, [&] { return behind_.add_points(run, points); });
}

Result<void> FaultyCompactions::freeze(std::int64_t run) {
    return perform(FoldStep::freeze, [&] { return behind_.freeze(run); });
}

Result<CompactionPortion> FaultyCompactions::next_portion(std::int64_t run,
                                                          std::size_t event_count_max) {
    return perform(FoldStep::next_portion, [&]() -> Result<CompactionPortion> {
        auto given = plan_.with([](Plan& plan) { return std::exchange(plan.portion, {}); });
        if (given) return *std::move(given);
        return behind_.next_portion(run, event_count_max);
    });
}

Result<void> FaultyCompactions::replace(std::int64_t run,
                                        const std::vector<domain::CouponInventory>& cumulative,
                                        std::int64_t event_count) {
    return perform(FoldStep::replace, [&] {
        plan_.with([&](Plan& plan) { plan.replaced.push_back(event_count); });
        return behind_.replace(run, cumulative, event_count);
    });
}

Result<CompactionRun> FaultyCompactions::finish(std::int64_t run, Instant now) {
    return perform(FoldStep::finish, [&] { return behind_.finish(run, now); });
}

Result<std::optional<CompactionRun>> FaultyCompactions::find_unfinished() {
    return perform(FoldStep::find_unfinished, [&] { return behind_.find_unfinished(); });
}

}  // namespace dibs::test
