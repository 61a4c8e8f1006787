#pragma once

#include <memory>
#include <span>

#include "repository/coupon_repository.h"
#include "repository/sqlite_writer.h"

namespace dibs::repository {

/// The books over SQLite: one transaction of the writer, whatever the number of coupons.
class SqliteBooks final : public Books {
public:
    explicit SqliteBooks(SqliteWriter::Session session) : session_(std::move(session)) {}

    [[nodiscard]] base::Result<OpenCoupon> open(
        domain::CouponId coupon_id, std::span<const domain::UserId* const> users) override;
    [[nodiscard]] base::Result<void> append(
        std::span<const domain::RegisteredCouponCreate> creates) override;
    [[nodiscard]] base::Result<void> commit() override;

private:
    SqliteWriter::Session session_;
};

// What the writing half of the repository shares with the books.

/// What a coupon says now, read through `connection`; null if there is none. Fails: unavailable.
[[nodiscard]] base::Result<std::shared_ptr<const domain::CouponTerms>> read_current_terms(
    database::SqliteConnection& connection, domain::CouponId coupon_id);

/// The coupon at its head, read through `connection`; nothing if there is none.
/// Fails: unavailable, corrupted.
[[nodiscard]] base::Result<std::optional<domain::Coupon>> read_coupon(
    database::SqliteConnection& connection, domain::CouponId coupon_id);

/// Writes one event into the history, or into the live inventory, or one after the other into both.
/// Fails: unavailable, refused.
[[nodiscard]] base::Result<void> append_to_history(database::SqliteConnection& connection,
                                                   const domain::CouponInventory& event);
[[nodiscard]] base::Result<void> append_to_inventory(database::SqliteConnection& connection,
                                                     const domain::CouponInventory& event);
[[nodiscard]] base::Result<void> append_event(database::SqliteConnection& connection,
                                              const domain::CouponInventory& event);

}  // namespace dibs::repository
