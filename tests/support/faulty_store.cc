#include "support/faulty_store.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/ensure.h"

// Method: each class passes its calls on to the one behind it. A call that can fail asks the plan
// first, and the plan also makes it wait.

namespace dibs::test {

using base::Failure;
using base::Result;
using domain::CouponId;
using domain::RegisteredCouponCreate;
using repository::Page;

namespace {

/// How long a test waits for what must come; only a broken build ever waits so long.
constexpr std::chrono::seconds patience{60};

/// Runs `work` unless its step was ordered to fail, and then perhaps all the same.
template <typename Work>
auto perform(StoreFaults& faults, StoreStep step, Work work) -> decltype(work()) {
    const auto fault = faults.enter(step);
    if (!fault) return work();
    if (fault->is_done_first) {
        if (auto done = work(); !done) return done;
    }
    return Failure{fault->kind, "ordered by the test"};
}

class FaultyBooks final : public repository::Books {
public:
    FaultyBooks(StoreFaults& faults, std::unique_ptr<repository::Books> behind)
        : faults_(faults), behind_(std::move(behind)) {}

    Result<repository::OpenCoupon> open(CouponId coupon_id,
                                        std::span<const domain::UserId* const> users) override {
        if (faults_.is_corrupt(coupon_id)) {
            return Failure{base::FailureKind::corrupted, "ordered by the test"};
        }
        return perform(faults_, StoreStep::open_coupon,
                       [&] { return behind_->open(coupon_id, users); });
    }
    Result<void> append(std::span<const RegisteredCouponCreate> creates) override {
        const bool has_refused = std::ranges::any_of(
            creates, [this](const auto& create) { return faults_.refuses(create.user_id); });
        if (has_refused) return Failure{base::FailureKind::refused, "ordered by the test"};
        return perform(faults_, StoreStep::append, [&] { return behind_->append(creates); });
    }
    Result<void> commit() override {
        return perform(faults_, StoreStep::commit, [&] { return behind_->commit(); });
    }

private:
    StoreFaults& faults_;
    std::unique_ptr<repository::Books> behind_;
};

class FaultyCoupons final : public repository::CouponRepository {
public:
    FaultyCoupons(StoreFaults& faults, repository::CouponRepository& behind)
        : faults_(faults), behind_(behind) {}

    Result<std::unique_ptr<repository::Books>> open_books() override {
        return perform(faults_, StoreStep::open_books,
                       [&]() -> Result<std::unique_ptr<repository::Books>> {
                           auto books = behind_.open_books();
                           if (!books) return books.failure();
                           return std::unique_ptr<repository::Books>(
                               std::make_unique<FaultyBooks>(faults_, *std::move(books)));
                       });
    }
    Result<domain::Coupon> create(const domain::CouponCreate& create, base::Instant now) override {
        return perform(faults_, StoreStep::create, [&] { return behind_.create(create, now); });
    }
    Result<std::optional<domain::Coupon>> patch(
        CouponId coupon_id, const domain::CouponPatch& patch,
        const std::function<Result<void>(const domain::CouponTerms&)>& check,
        base::Instant now) override {
        return behind_.patch(coupon_id, patch, check, now);
    }
    Result<repository::StockChange> change_stock(CouponId coupon_id, domain::InventoryKind kind,
                                                 std::int64_t amount, const std::string& reason,
                                                 base::Instant now) override {
        return perform(faults_, StoreStep::change_stock,
                       [&] { return behind_.change_stock(coupon_id, kind, amount, reason, now); });
    }
    Result<repository::TakeBack> take_back(domain::RegistrationId id, const std::string& reason,
                                           base::Instant now) override {
        return perform(faults_, StoreStep::take_back,
                       [&] { return behind_.take_back(id, reason, now); });
    }

    Result<std::optional<domain::Coupon>> find(CouponId coupon_id) override {
        return perform(faults_, StoreStep::find, [&] { return behind_.find(coupon_id); });
    }
    Result<Page<domain::Coupon>> list(CouponId after, std::size_t count_max) override {
        return behind_.list(after, count_max);
    }
    Result<Page<domain::Coupon>> list_open(base::Instant now, std::optional<OpeningPlace> after,
                                           std::size_t count_max) override {
        return behind_.list_open(now, after, count_max);
    }
    Result<std::shared_ptr<const domain::CouponTerms>> terms_at(
        CouponId coupon_id, domain::Sequence sequence) override {
        return perform(faults_, StoreStep::terms_at,
                       [&] { return behind_.terms_at(coupon_id, sequence); });
    }
    std::vector<Result<repository::Listing>> list_registered(
        std::span<const repository::ListingQuery> queries) override {
        using Listings = std::vector<Result<repository::Listing>>;
        Result<Listings> listings = perform(faults_, StoreStep::list_registered, [&] {
            return Result<Listings>(behind_.list_registered(queries));
        });
        if (!listings) return Listings(queries.size(), listings.failure());
        return *std::move(listings);
    }
    Result<std::optional<repository::RegisteredWithTerms>> find_registered(
        const domain::UserId& user, domain::RegistrationId id) override {
        return behind_.find_registered(user, id);
    }
    Result<Page<domain::CouponInventory>> live_events(CouponId coupon_id, domain::Sequence after,
                                                      std::size_t count_max) override {
        return behind_.live_events(coupon_id, after, count_max);
    }
    Result<Page<domain::CouponInventoryHistory>> history(CouponId coupon_id, base::Instant from,
                                                         base::Instant to, domain::Sequence after,
                                                         std::size_t count_max) override {
        return perform(faults_, StoreStep::history,
                       [&] { return behind_.history(coupon_id, from, to, after, count_max); });
    }
    Result<domain::Balance> balance_at(CouponId coupon_id, base::Instant at) override {
        return behind_.balance_at(coupon_id, at);
    }
    Result<Page<domain::RegisteredCoupon>> registrations(CouponId coupon_id, domain::Sequence after,
                                                         std::size_t count_max) override {
        return behind_.registrations(coupon_id, after, count_max);
    }

private:
    StoreFaults& faults_;
    repository::CouponRepository& behind_;
};

}  // namespace

void StoreFaults::refuse(const domain::UserId& user) {
    plan_.with([&](Plan& plan) { plan.refused.insert(user); });
}

void StoreFaults::corrupt(CouponId coupon_id) {
    plan_.with([&](Plan& plan) { plan.corrupt.insert(coupon_id); });
}

void StoreFaults::fail_always(StoreStep step, base::FailureKind kind) {
    plan_.with([&](Plan& plan) { plan.at(step).always = Fault{kind, false}; });
}

void StoreFaults::recover(StoreStep step) {
    plan_.with([&](Plan& plan) { plan.at(step).always.reset(); });
}

void StoreFaults::hold(StoreStep step) {
    plan_.with([&](Plan& plan) { plan.at(step).is_held = true; });
}

void StoreFaults::wait_until_held(StoreStep step, int count) {
    const auto are_there = [&](Plan& plan) { return plan.at(step).waiting >= count; };
    const bool are_there_in_time =
        plan_.wait_until(std::chrono::steady_clock::now() + patience, are_there, are_there);
    base::ensure(are_there_in_time, "somebody comes to the step that a test holds");
}

void StoreFaults::wait_until_called(StoreStep step, int count) {
    const auto was_called = [&](Plan& plan) { return plan.at(step).calls >= count; };
    const bool was_called_in_time =
        plan_.wait_until(std::chrono::steady_clock::now() + patience, was_called, was_called);
    base::ensure(was_called_in_time, "a step is called as often as a test waits for");
}

void StoreFaults::let_go(StoreStep step) {
    plan_.with([&](Plan& plan) { plan.at(step).is_held = false; });
    plan_.notify_all();
}

int StoreFaults::calls(StoreStep step) const {
    return plan_.with(
        [&](const Plan& plan) { return plan.steps.at(static_cast<std::size_t>(step)).calls; });
}

std::optional<StoreFaults::Fault> StoreFaults::enter(StoreStep step) {
    plan_.with([&](Plan& plan) {
        ++plan.at(step).calls;
        ++plan.at(step).waiting;
    });
    plan_.notify_all();
    return plan_.wait([&](Plan& plan) { return !plan.at(step).is_held; },
                      [&](Plan& plan) -> std::optional<Fault> {
                          State& state = plan.at(step);
                          --state.waiting;
                          if (state.ordered.empty()) return state.always;
                          const std::optional<Fault> fault = state.ordered.front();
                          state.ordered.pop_front();
                          return fault;
                      });
}

bool StoreFaults::refuses(const domain::UserId& user) const {
    return plan_.with([&](const Plan& plan) { return plan.refused.contains(user); });
}

bool StoreFaults::is_corrupt(CouponId coupon_id) const {
    return plan_.with([&](const Plan& plan) { return plan.corrupt.contains(coupon_id); });
}

void StoreFaults::order(StoreStep step, std::optional<Fault> fault) {
    plan_.with([&](Plan& plan) { plan.at(step).ordered.push_back(fault); });
}

FaultyStore::FaultyStore(std::unique_ptr<repository::Store> behind)
    : behind_(std::move(behind)),
      coupons_(std::make_unique<FaultyCoupons>(faults_, behind_->coupons())),
      scope_(behind_->group_scope()),
      has_other_writers_(behind_->has_other_writers()) {}

FaultyStore::~FaultyStore() = default;

repository::CouponRepository& FaultyStore::coupons() {
    return *coupons_;
}

Result<void> FaultyStore::check() {
    return perform(faults_, StoreStep::check, [&] { return behind_->check(); });
}

Result<void> FaultyStore::tidy(bool others_wait) {
    return perform(faults_, StoreStep::tidy, [&] { return behind_->tidy(others_wait); });
}

std::unique_ptr<FaultyStore> open_faulty_store(const std::string& path) {
    return std::make_unique<FaultyStore>(
        must(repository::open_store("sqlite:" + path, {.role = "test", .call_at = {}})));
}

}  // namespace dibs::test
