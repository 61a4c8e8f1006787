#pragma once

#include <optional>
#include <span>
#include <vector>

#include "repository/coupon_repository.h"
#include "repository/postgres_pool.h"
#include "repository/shard_map.h"

namespace dibs::repository {

/// The books over PostgreSQL: one coupon, one transaction, two round trips.
///
/// The first locks the coupon and reads; the second writes and commits. In between the decision is
/// made here, while nobody else can append. What `append` is given goes with the commit.
class PostgresBooks final : public Books {
public:
    /// `pool` must outlive it. Where the server is one of several (`place`), a group leaves word of
    /// itself for those who fill the listings by user.
    explicit PostgresBooks(PostgresPool& pool, ShardPlace place = {})
        : pool_(pool), place_(place) {}

    [[nodiscard]] base::Result<OpenCoupon> open(
        domain::CouponId coupon_id, std::span<const domain::UserId* const> users) override;
    [[nodiscard]] base::Result<void> append(
        std::span<const domain::RegisteredCouponCreate> creates) override;
    [[nodiscard]] base::Result<void> commit() override;

private:
    PostgresPool& pool_;
    const ShardPlace place_;
    std::optional<PostgresPool::Lease> lease_;  ///< From the opening on.
    std::vector<domain::RegisteredCouponCreate> creates_;
};

// What the writing half of the repository shares with the books.

/// Locks the coupon against everybody else who would append to its stream, and reads its terms.
[[nodiscard]] database::PostgresStatement lock_coupon_statement(domain::CouponId coupon_id);

/// Reads the head of its stream. A later statement than the lock, never the same one.
[[nodiscard]] database::PostgresStatement head_statement(domain::CouponId coupon_id);

/// The coupon that these two gave; nothing if there is none.
[[nodiscard]] std::optional<domain::Coupon> to_coupon(const database::PostgresRows& terms,
                                                      const database::PostgresRows& head);

/// Writes one event twice: into the history, then into the live inventory.
[[nodiscard]] std::vector<database::PostgresStatement> append_event_statements(
    const domain::CouponInventory& event);

}  // namespace dibs::repository
