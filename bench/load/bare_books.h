#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "issuing/pending_issue.h"
#include "load/new_users.h"
#include "repository/audit_snapshot.h"
#include "repository/coupon_repository.h"

// What a store in this process is measured by, whatever store it is: groups as the committer
// decides them, and the audit.

namespace dibs::bench {

/// Requests for a coupon by users whom nobody has seen before.
[[nodiscard]] std::vector<issuing::PendingIssue> requests_of_new_users(NewUsers& users,
                                                                       domain::CouponId coupon_id,
                                                                       std::size_t count);

using OpenBooks = std::function<base::Result<std::unique_ptr<repository::Books>>()>;

/// Decides the requests in one transaction and commits; how long that took, from the opening of the
/// books to the end of the commit. Fails: as the books do, and corrupted (somebody was refused).
[[nodiscard]] base::Result<std::chrono::nanoseconds> issue_together(
    const OpenBooks& open_books, std::vector<issuing::PendingIssue> requests);

/// The same up to the commit, instead of which all of it is taken back.
[[nodiscard]] base::Result<std::chrono::nanoseconds> decide_together(
    const OpenBooks& open_books, std::vector<issuing::PendingIssue> requests);

/// Checks every rule of the books; how many coupons they say were issued, of all kinds.
/// Fails: as the snapshot, and corrupted.
[[nodiscard]] base::Result<std::int64_t> audit_books(repository::AuditSnapshot& snapshot);

}  // namespace dibs::bench
