#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/workers.h"
#include "crash/account.h"
#include "issuing/sold_out_latch.h"
#include "metrics/registry.h"
#include "repository/store.h"
#include "service/compaction_service.h"
#include "support/faulty_compactions.h"
#include "support/manual_clock.h"
#include "support/simulated_disk.h"
#include "unit/issuing/committer_trial.h"

namespace dibs::crash {

/// A shop in which everything happens that a store lives through: coupons are created, announced
/// anew, issued by the real committer, taken back, restocked, folded in small steps with issues in
/// between, copied out of the log; readers come and stay. All of it is production code on the store
/// at `path`; what happens next is decided by the seed alone, and every answer goes into the
/// account. One thread at a time does anything, so that the same seed asks the same of the disk.
class BusyShop {
public:
    /// The account must outlive it; what another shop has put into it, this one goes on with.
    BusyShop(std::string path, std::uint64_t seed, Account& account);
    ~BusyShop() { close(); }

    /// Opens the store, as a process that starts. Fails: as the store.
    [[nodiscard]] base::Result<void> open();
    /// As a process that ends in order.
    void close();
    [[nodiscard]] bool is_open() const { return store_ != nullptr; }
    [[nodiscard]] repository::Store& store() { return *store_; }

    /// The next thing that happens. If the shop is closed, it is opened, or not.
    void do_something();
    /// A round of everything that can happen, in a fixed order.
    void do_everything();
    /// Issues, a delivery, and a fold in small steps with more of both between them.
    void fold_beside_issuing();

    /// What holds a process up at its death: reads that go on.
    void let_readers_go() { snapshots_.clear(); }

    /// Called whenever somebody is told that something was kept.
    std::function<void()> on_acknowledged;
    /// Called after each opening.
    std::function<void()> on_opened;

    /// What was told beyond the account: that something was not there which must be.
    [[nodiscard]] const Findings& told_wrong() const { return told_wrong_; }
    /// How many deeds failed, of how many.
    [[nodiscard]] std::int64_t failed_count() const { return failed_count_; }
    [[nodiscard]] std::int64_t deed_count() const { return deed_count_; }
    /// How often the log was copied beside the work, until the last close.
    [[nodiscard]] std::uint64_t checkpoint_count() const { return checkpoint_count_; }

private:
    using Coupon = Account::Coupon;
    struct Asked {
        Coupon coupon;
        std::string user;
        std::string key;
    };

    void create();
    void rename();
    void change_stock();
    void take_back();
    void issue();
    void issue(std::size_t count);
    void note_answer(const Asked& asked, const base::Result<issuing::IssueResult>& answer);
    void note_replay(const Asked& asked, const issuing::IssueResult& result);
    void fold(std::size_t step_event_max);
    void read();
    void hold_a_snapshot();
    void restart();
    void let_time_pass();

    [[nodiscard]] std::int64_t some(std::int64_t least, std::int64_t most);
    [[nodiscard]] std::optional<Coupon> some_coupon();
    [[nodiscard]] Asked somebody(Coupon coupon);
    void acknowledged();
    /// Counts what failed; whether its fate is unknown.
    template <typename T>
    [[nodiscard]] bool is_in_doubt(const base::Result<T>& result) {
        if (result) return false;
        ++failed_count_;
        return result.failure().kind == base::FailureKind::in_doubt;
    }

    const std::string path_;
    const std::uint64_t seed_;
    test::Random random_;
    Account& account_;
    Findings told_wrong_;
    std::int64_t failed_count_ = 0;
    std::int64_t deed_count_ = 0;
    std::uint64_t checkpoint_count_ = 0;
    std::int64_t name_count_ = 0;

    test::ManualClock clock_;  // Later for each shop of an account.
    issuing::PauseByClock pause_{clock_};
    metrics::Registry registry_;
    issuing::CommitterMetrics committer_metrics_ = issuing::counted_in(registry_);
    metrics::Counter runs_finished_;
    metrics::Counter runs_failed_;
    metrics::Counter events_folded_;
    metrics::Histogram step_duration_{metrics::duration_bounds()};

    std::unique_ptr<repository::Store> store_;
    std::unique_ptr<test::FaultyCompactions> compactions_;
    std::unique_ptr<base::Workers> workers_;
    std::unique_ptr<issuing::SoldOutLatch> latch_;
    std::vector<std::unique_ptr<repository::AuditSnapshot>> snapshots_;
    std::vector<Coupon> coupons_;  // That were acknowledged.
    std::vector<Asked> keyed_;     // Requests with a key, to be repeated.
};

}  // namespace dibs::crash
