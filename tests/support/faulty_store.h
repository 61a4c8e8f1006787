#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/guarded.h"
#include "repository/store.h"
#include "support/moments.h"

namespace dibs::test {

/// What of a store can be made to fail, or to wait.
enum class StoreStep : std::uint8_t {
    open_books,
    open_coupon,  ///< `Books::open`
    append,
    commit,
    create,
    change_stock,
    take_back,
    history,
    find,
    list_registered,
    terms_at,
    check,
    tidy,
};

/// Which calls of a store fail, and how. Any thread may order and ask.
class StoreFaults {
public:
    /// The next call of `step` fails before any of its work was done; calls that were ordered to
    /// fail before come first.
    void fail_next(StoreStep step, base::FailureKind kind) { order(step, Fault{kind, false}); }
    /// The next call does its work, and then says that it failed: what was written stays.
    void do_and_fail_next(StoreStep step, base::FailureKind kind) {
        order(step, Fault{kind, true});
    }
    /// The next call is left alone: for `fail_next` of the one after it.
    void let_next_pass(StoreStep step) { order(step, std::nullopt); }
    /// From now on every call of `step` fails before any of its work was done, those ordered
    /// otherwise excepted, until it recovers.
    void fail_always(StoreStep step, base::FailureKind kind);
    void recover(StoreStep step);
    /// Every append in which this user is registered is refused, as a guard of the store would.
    void refuse(const domain::UserId& user);
    /// Nobody can open this coupon: what is read of it contradicts itself.
    void corrupt(domain::CouponId coupon_id);

    /// From now on whoever calls `step` waits in it, before any of its work is done.
    void hold(StoreStep step);
    /// Blocks until so many wait in `step`. Stops the test if they don't come in time.
    void wait_until_held(StoreStep step, int count = 1);
    /// Blocks until `step` was called so often. Stops the test if it isn't in time.
    void wait_until_called(StoreStep step, int count);
    /// Lets those who wait in `step`, and all who come after them, go on.
    void let_go(StoreStep step);

    /// How often `step` was called.
    [[nodiscard]] int calls(StoreStep step) const;

    // For the store itself.

    struct Fault {
        base::FailureKind kind;
        bool is_done_first;
    };
    /// Counts a call, waits while the step is held, and says how it fails, if it does.
    [[nodiscard]] std::optional<Fault> enter(StoreStep step);
    [[nodiscard]] bool refuses(const domain::UserId& user) const;
    [[nodiscard]] bool is_corrupt(domain::CouponId coupon_id) const;

private:
    static constexpr std::size_t step_count = 13;

    struct State {
        std::deque<std::optional<Fault>> ordered;
        std::optional<Fault> always;
        bool is_held = false;
        int waiting = 0;
        int calls = 0;
    };
    struct Plan {
        std::array<State, step_count> steps;
        std::set<domain::UserId> refused;
        std::set<domain::CouponId> corrupt;

        [[nodiscard]] State& at(StoreStep step) { return steps.at(static_cast<std::size_t>(step)); }
    };

    void order(StoreStep step, std::optional<Fault> fault);

    base::Guarded<Plan> plan_;
};

/// Another store with faults to order. Whatever is not ordered to fail is the other store's.
class FaultyStore final : public repository::Store {
public:
    explicit FaultyStore(std::unique_ptr<repository::Store> behind);
    ~FaultyStore() override;

    [[nodiscard]] StoreFaults& faults() { return faults_; }
    /// From now on it says that its groups are of one coupon and that others write, too, as a
    /// server's store does.
    void hold_one_coupon_per_group() {
        scope_ = repository::GroupScope::one_coupon;
        has_other_writers_ = true;
    }
    /// The store behind, where nothing fails or waits.
    [[nodiscard]] repository::Store& behind() { return *behind_; }

    repository::CouponRepository& coupons() override;
    repository::CompactionRepository& compactions() override { return behind_->compactions(); }
    repository::GroupScope group_scope() const override { return scope_; }
    bool has_other_writers() const override { return has_other_writers_; }
    std::vector<std::unique_ptr<repository::StreamWatch>> watch_streams() override {
        return behind_->watch_streams();
    }
    base::Result<std::unique_ptr<repository::AuditSnapshot>> open_snapshot() override {
        return behind_->open_snapshot();
    }
    base::Result<void> check() override;
    repository::StoreFacts facts() override { return behind_->facts(); }
    base::Result<void> tidy(bool others_wait) override;
    void announce(const repository::StoreOwner& owner) override { behind_->announce(owner); }

private:
    StoreFaults faults_;
    std::unique_ptr<repository::Store> behind_;
    std::unique_ptr<repository::CouponRepository> coupons_;
    repository::GroupScope scope_;
    bool has_other_writers_;
};

/// A real store in a file of that directory, with faults to order.
[[nodiscard]] std::unique_ptr<FaultyStore> open_faulty_store(const std::string& path);

}  // namespace dibs::test
