#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "load/goal.h"
#include "load/new_users.h"
#include "load/shop.h"
#include "repository/store.h"

namespace dibs::bench {

/// A store in this process, with no service over it: what issuing costs below HTTP, threads and
/// lines. Belongs to one thread.
class BareStore {
public:
    /// A new SQLite store on the workshop's disk. Fails: unavailable.
    [[nodiscard]] static base::Result<BareStore> open(const Workshop& workshop);
    /// The store behind a URL. Fails: unavailable, invalid.
    [[nodiscard]] static base::Result<BareStore> open_at(const std::string& url);

    /// Fails: unavailable.
    [[nodiscard]] base::Result<domain::CouponId> offer(std::int64_t stock);

    /// Issues the coupon to so many new users in one transaction, as the committer does it; how
    /// long that took, from the opening of the books to the end of the commit.
    /// Fails: as the books do, and corrupted (somebody was refused).
    [[nodiscard]] base::Result<std::chrono::nanoseconds> issue_group(domain::CouponId coupon_id,
                                                                     std::size_t count);

    /// Opens the books, decides one new user's request and inserts its rows, which are then taken
    /// back instead of committed; how long that took, up to there.
    /// Fails: as `issue_group`.
    [[nodiscard]] base::Result<std::chrono::nanoseconds> decide_one(domain::CouponId coupon_id);

    /// What the store does between two groups while others wait; how long it took.
    [[nodiscard]] base::Result<std::chrono::nanoseconds> tidy();

    /// Checks every rule of the books. Fails: corrupted.
    [[nodiscard]] base::Result<void> verify();

    [[nodiscard]] repository::StoreFacts facts() { return store_->facts(); }

private:
    BareStore(std::optional<TemporaryFolder> folder, std::unique_ptr<repository::Store> store);

    std::optional<TemporaryFolder> folder_;  ///< Before the store, so that it goes after it.
    std::unique_ptr<repository::Store> store_;
    std::unique_ptr<NewUsers> users_;
};

}  // namespace dibs::bench
