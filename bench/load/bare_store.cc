#include "load/bare_store.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ensure.h"
#include "issuing/issue_group.h"
#include "load/announced_coupon.h"
#include "service/verification_service.h"

namespace dibs::bench {

using base::Failure;
using base::FailureKind;
using base::Result;
using std::chrono::nanoseconds;

namespace {

/// Fails: corrupted.
Result<void> expect_issued(issuing::IssueGroup& group) {
    for (const issuing::IssueResult& result : group.take_results()) {
        if (result.outcome == domain::IssueOutcome::issued) continue;
        return Failure{FailureKind::corrupted,
                       fmt::format("a new user was told {}", name_of(result.outcome))};
    }
    return {};
}

}  // namespace

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
    const auto coupon = store_->coupons().create({.name = "Black Friday 50%",
                                                  .description = "Half off everything",
                                                  .from = now - window_half,
                                                  .to = now + window_half,
                                                  .limit_per_user = 1,
                                                  .stock = stock},
                                                 now);
    if (!coupon) return coupon.failure();
    return coupon->terms().id;
}

domain::UserId BareStore::next_user() {
    auto user = domain::UserId::parse(users_->next());
    base::ensure(user.has_value(), "the bench's users have names");
    return *std::move(user);
}

std::vector<issuing::PendingIssue> BareStore::requests_for(domain::CouponId coupon_id,
                                                           std::size_t count) {
    const base::SystemClock clock;
    std::vector<issuing::PendingIssue> requests;
    requests.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        requests.push_back({.coupon_id = coupon_id,
                            .user_id = next_user(),
                            .idempotency_key = std::nullopt,
                            .deadline = base::SteadyInstant::max(),
                            .arrived_at = clock.now()});
    }
    return requests;
}

Result<nanoseconds> BareStore::issue_group(domain::CouponId coupon_id, std::size_t count) {
    const base::SystemClock clock;
    std::vector<issuing::PendingIssue> requests = requests_for(coupon_id, count);
    const auto begun_at = clock.steady_now();
    auto books = store_->coupons().open_books();
    if (!books) return books.failure();
    issuing::IssueGroup group(requests);
    if (auto decided = group.decide(**books); !decided) return decided.failure();
    if (auto committed = (*books)->commit(); !committed) return committed.failure();
    books->reset();
    const nanoseconds taken = clock.steady_now() - begun_at;
    if (auto right = expect_issued(group); !right) return right.failure();
    return taken;
}

Result<nanoseconds> BareStore::decide_one(domain::CouponId coupon_id) {
    const base::SystemClock clock;
    std::vector<issuing::PendingIssue> requests = requests_for(coupon_id, 1);
    const auto begun_at = clock.steady_now();
    auto books = store_->coupons().open_books();
    if (!books) return books.failure();
    issuing::IssueGroup group(requests);
    if (auto decided = group.decide(**books); !decided) return decided.failure();
    const nanoseconds taken = clock.steady_now() - begun_at;
    books->reset();
    if (auto right = expect_issued(group); !right) return right.failure();
    return taken;
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
    std::int64_t broken = 0;
    const auto verified = service::verify(
        **snapshot,
        [&broken](const service::CouponVerdict& verdict) { broken += verdict.violation_count; });
    if (!verified) return verified.failure();
    if (broken == 0) return {};
    return Failure{FailureKind::corrupted, fmt::format("{} rules of the books are broken", broken)};
}

}  // namespace dibs::bench
