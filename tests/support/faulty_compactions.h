#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/guarded.h"
#include "repository/compaction_repository.h"

namespace dibs::test {

/// The calls of a fold that read what is to be done, or write what was.
enum class FoldStep : std::uint8_t {
    find_unfinished,
    claim,
    lead,
    find_points,
    add_points,
    freeze,
    next_portion,
    replace,
    finish,
};

/// Another repository of compactions, which notes the calls of a fold and breaks off where it is
/// told to. Any thread may call.
class FaultyCompactions final : public repository::CompactionRepository {
public:
    /// `behind` must outlive it.
    explicit FaultyCompactions(repository::CompactionRepository& behind) : behind_(behind) {}

    /// The calls so far, in order.
    [[nodiscard]] std::vector<FoldStep> calls() const;
    /// How many events each `replace` so far was about.
    [[nodiscard]] std::vector<std::int64_t> replaced() const;

    /// After so many calls every other fails, as if the process had ended between two of them.
    void end_after(std::size_t call_count);
    /// The same, but the last one that works is not heard of: it was done, and fails all the same.
    void end_within(std::size_t call_count);
    /// The next call of `step` fails like this.
    void fail_next(FoldStep step, base::FailureKind kind);
    /// Runs `deed` before each call of `step`, on the caller's thread.
    void before(FoldStep step, std::function<void()> deed);
    /// The next portion is this one, whatever the store has.
    void give_next_portion(repository::CompactionPortion portion);
    /// From now on another process has the lead of every run, or, told false, none has it.
    void let_another_lead(bool does_lead = true);

    /// Blocks until `step` was called and returned so many times. Stops the test if it isn't in
    /// time.
    void wait_until_done(FoldStep step, int times);

    base::Result<repository::CompactionRun> claim(base::Instant until,
                                                  repository::CompactionTrigger trigger,
                                                  base::Instant now) override;
    base::Result<bool> lead(std::int64_t run) override;
    base::Result<std::vector<repository::CompactionPoint>> find_points(
        base::Instant until, domain::CouponId after, std::size_t count_max) override;
    base::Result<void> add_points(std::int64_t run,
                                  const std::vector<repository::CompactionPoint>& points) override;
    base::Result<void> freeze(std::int64_t run) override;
    base::Result<repository::CompactionPortion> next_portion(std::int64_t run,
                                                             std::size_t event_count_max) override;
    base::Result<void> replace(std::int64_t run,
                               const std::vector<domain::CouponInventory>& cumulative,
                               std::int64_t event_count) override;
    base::Result<repository::CompactionRun> finish(std::int64_t run, base::Instant now) override;
    base::Result<std::optional<repository::CompactionRun>> find_run(std::int64_t run) override {
        return behind_.find_run(run);
    }
    base::Result<std::optional<repository::CompactionRun>> find_unfinished() override;
    base::Result<std::optional<base::Instant>> last_until() override {
        return behind_.last_until();
    }
    base::Result<repository::Page<repository::CompactionRun>> list_runs(
        std::int64_t before, std::size_t count_max) override {
        return behind_.list_runs(before, count_max);
    }

private:
    static constexpr std::size_t step_count = 9;

    struct Plan {
        std::vector<FoldStep> calls;
        std::vector<std::int64_t> replaced;
        std::array<int, step_count> done{};
        std::array<std::function<void()>, step_count> deeds;
        std::array<std::optional<base::FailureKind>, step_count> failures;
        std::optional<repository::CompactionPortion> portion;
        std::size_t calls_until_the_end = SIZE_MAX;
        bool is_last_unheard = false;
        bool does_another_lead = false;
    };

    template <typename Work>
    auto perform(FoldStep step, Work work) -> decltype(work());

    repository::CompactionRepository& behind_;
    base::Guarded<Plan> plan_;
};

}  // namespace dibs::test
