#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "repository/store.h"
#include "support/printing.h"
#include "support/shop.h"

// The promises of a store, tried against every kind of store that there is. A suite knows nothing
// of the kind: what it needs it asks of the headers of src/repository/. A new kind joins by one
// line in stores_test.cc.

namespace dibs::contract {

/// A fresh, empty place for one store, gone when this is. The store in it may be opened and dropped
/// any number of times, by one owner at a time.
class StorePlace {
public:
    virtual ~StorePlace() = default;
    [[nodiscard]] virtual std::string url() const = 0;
    [[nodiscard]] virtual repository::StoreOptions options() const { return {}; }
};

/// One way of keeping the books.
struct StoreKind {
    std::string name;
    std::function<std::unique_ptr<StorePlace>()> make_place;
};
inline void PrintTo(const StoreKind& kind, std::ostream* out) {
    *out << kind.name;
}

/// A test of a promise: a store that was just opened in a fresh place.
class StoreContract : public testing::TestWithParam<StoreKind> {
protected:
    StoreContract();

    [[nodiscard]] repository::Store& store() { return *store_; }
    [[nodiscard]] repository::CouponRepository& coupons() { return store_->coupons(); }
    [[nodiscard]] repository::CompactionRepository& compactions() { return store_->compactions(); }
    [[nodiscard]] const StorePlace& place() const { return *place_; }

    /// Drops the store and opens it again: only what was kept is there. Whatever was lent by the
    /// old one must be gone.
    void reopen();

    // A shop over whatever store is open now.
    [[nodiscard]] domain::CouponId offer(const test::CouponBuilder& coupon);
    domain::IssueDecision ask(domain::CouponId coupon_id, const test::Asking& asking);
    std::vector<domain::IssueDecision> ask_together(domain::CouponId coupon_id,
                                                    const std::vector<test::Asking>& group);

    // What the store says now, or the end of the test.
    [[nodiscard]] domain::Balance balance_of(domain::CouponId coupon_id);
    [[nodiscard]] std::vector<domain::CouponInventory> live_events_of(domain::CouponId coupon_id);
    [[nodiscard]] std::vector<domain::CouponInventory> history_of(domain::CouponId coupon_id);
    [[nodiscard]] std::vector<domain::RegisteredCoupon> registrations_of(
        domain::CouponId coupon_id);

private:
    std::unique_ptr<StorePlace> place_;
    std::unique_ptr<repository::Store> store_;
};

/// Folds one coupon's stream up to `until`, by the ordinary steps of a run.
void compact(repository::CompactionRepository& compactions, base::Instant until);

}  // namespace dibs::contract
