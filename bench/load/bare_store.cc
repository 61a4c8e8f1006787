#include "load/bare_store.h"

#include <optional>
#include <utility>

#include "base/clock.h"
#include "load/announced_coupon.h"
#include "load/bare_books.h"

namespace dibs::bench {

using base::Result;
using std::chrono::nanoseconds;

BareStore::BareStore(std::optional<TemporaryFolder> folder,
                     std::unique_ptr<repository::Store> store)
    : folder_(std::move(folder)), store_(std::move(store)), users_(std::make_unique<NewUsers>()) {}

Result<BareStore> BareStore::open(const Workshop& workshop) {
    auto folder = TemporaryFolder::make(workshop.folder);
    if (!folder) return folder.failure();
    auto store = repository::open_store("sqlite:" + (folder->path() / "dibs.db").string(),
                                        {.role = "bench", .call_at = {}});
    if (!store) return store.failure();
    return BareStore(*std::move(folder), *std::move(store));
}

Result<BareStore> BareStore::open_at(const std::string& url) {
    auto store = repository::open_store(url, {.role = "bench", .call_at = {}});
    if (!store) return store.failure();
    return BareStore(std::nullopt, *std::move(store));
}

Result<domain::CouponId> BareStore::offer(std::int64_t stock) {
    const base::Instant now = base::SystemClock().now();
    const auto coupon = store_->coupons().create(announced_coupon(stock, now), now);
    if (!coupon) return coupon.failure();
    return coupon->terms().id;
}

Result<nanoseconds> BareStore::issue_group(domain::CouponId coupon_id, std::size_t count) {
    return issue_together([this] { return store_->coupons().open_books(); },
                          requests_of_new_users(*users_, coupon_id, count));
}

Result<nanoseconds> BareStore::decide_one(domain::CouponId coupon_id) {
    return decide_together([this] { return store_->coupons().open_books(); },
                           requests_of_new_users(*users_, coupon_id, 1));
}

Result<nanoseconds> BareStore::tidy() {
    const base::SystemClock clock;
    const auto begun_at = clock.steady_now();
    if (auto tidied = store_->tidy(true); !tidied) return tidied.failure();
    return clock.steady_now() - begun_at;
}

Result<void> BareStore::verify() {
    auto snapshot = store_->open_snapshot();
    if (!snapshot) return snapshot.failure();
    const auto issued = audit_books(**snapshot);
    if (!issued) return issued.failure();
    return {};
}

}  // namespace dibs::bench
