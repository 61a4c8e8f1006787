#include "load/bare_books.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/ensure.h"
#include "issuing/issue_group.h"
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

enum class GroupEnd : std::uint8_t { committed, taken_back };

Result<nanoseconds> decide_until(GroupEnd end, const OpenBooks& open_books,
                                 std::vector<issuing::PendingIssue> requests) {
    const base::SystemClock clock;
    const auto begun_at = clock.steady_now();
    auto books = open_books();
    if (!books) return books.failure();
    issuing::IssueGroup group(requests);
    if (auto decided = group.decide(**books); !decided) return decided.failure();
    nanoseconds taken = clock.steady_now() - begun_at;
    if (end == GroupEnd::committed) {
        if (auto committed = (*books)->commit(); !committed) return committed.failure();
        books->reset();
        taken = clock.steady_now() - begun_at;
    }
    books->reset();
    if (auto right = expect_issued(group); !right) return right.failure();
    return taken;
}

}  // namespace

std::vector<issuing::PendingIssue> requests_of_new_users(NewUsers& users,
                                                         domain::CouponId coupon_id,
                                                         std::size_t count) {
    const base::SystemClock clock;
    std::vector<issuing::PendingIssue> requests;
    requests.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto user = domain::UserId::parse(users.next());
        base::ensure(user.has_value(), "the bench's users have names");
        requests.push_back({.coupon_id = coupon_id,
                            .user_id = *std::move(user),
                            .idempotency_key = std::nullopt,
                            .deadline = base::SteadyInstant::max(),
                            .arrived_at = clock.now()});
    }
    return requests;
}

Result<nanoseconds> issue_together(const OpenBooks& open_books,
                                   std::vector<issuing::PendingIssue> requests) {
    return decide_until(GroupEnd::committed, open_books, std::move(requests));
}

Result<nanoseconds> decide_together(const OpenBooks& open_books,
                                    std::vector<issuing::PendingIssue> requests) {
    return decide_until(GroupEnd::taken_back, open_books, std::move(requests));
}

Result<std::int64_t> audit_books(repository::AuditSnapshot& snapshot) {
    std::int64_t broken = 0;
    std::int64_t issued = 0;
    const auto verified = service::verify(snapshot, [&](const service::CouponVerdict& verdict) {
        broken += verdict.violation_count;
        issued += verdict.balance.issued;
    });
    if (!verified) return verified.failure();
    if (broken == 0) return issued;
    return Failure{FailureKind::corrupted, fmt::format("{} rules of the books are broken", broken)};
}

}  // namespace dibs::bench
