#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "domain/coupon_create.h"
#include "issuing/pending_issue.h"
#include "issuing/sold_out_latch.h"
#include "issuing/waiting_line.h"
#include "repository/store.h"

namespace dibs::service {

/// What became of creating or changing a coupon: the coupon, or the field that is wrong, or neither
/// where there is no such coupon.
struct CouponEdit {
    std::optional<domain::Coupon> coupon;
    std::optional<domain::InvalidField> invalid;
};

/// A coupon's balance at a moment.
struct StockAt {
    base::Instant at;
    domain::Balance balance;
};

/// What Dibs does with coupons for those who want one, hold one or offer one.
///
/// Any thread may call. `issue` never blocks; everything else blocks as long as the store takes,
/// and must not be called from a thread that others wait for. Where nothing else is said, a method
/// fails with unavailable, corrupted or, where it writes, in_doubt, conflict (others were there
/// first, again and again; nothing was written) or refused (a guard of the store said no).
class CouponService {
public:
    /// All must outlive it.
    CouponService(repository::Store& store, issuing::WaitingLine& line,
                  issuing::SoldOutLatch& latch, const base::Clock& clock);

    /// Asks for a coupon. Either the answer is known at once, or nothing is returned and the
    /// request's desk gets it when it is durable. Fails: overloaded (the line is full), stopping.
    [[nodiscard]] std::optional<base::Result<issuing::IssueResult>> issue(
        issuing::PendingIssue request);

    /// Whether those who were told that the line is full may as well come again. Never blocks.
    [[nodiscard]] bool has_room_again() const { return line_.has_room_again(); }

    // For those who hold coupons.
    [[nodiscard]] std::vector<base::Result<repository::Listing>> list_registered(
        std::span<const repository::ListingQuery> queries);
    [[nodiscard]] base::Result<std::optional<repository::RegisteredWithTerms>> find_registered(
        const domain::UserId& user, domain::RegistrationId id);

    // For those who decide whether to press the button.
    [[nodiscard]] base::Result<repository::Page<domain::Coupon>> list_open(
        std::optional<repository::CouponRepository::OpeningPlace> after, std::size_t count_max);
    [[nodiscard]] base::Result<std::optional<domain::Coupon>> find(domain::CouponId coupon_id);

    // For operators.
    [[nodiscard]] base::Result<CouponEdit> create(const domain::CouponCreate& create);
    [[nodiscard]] base::Result<CouponEdit> patch(domain::CouponId coupon_id,
                                                 const domain::CouponPatch& patch);
    [[nodiscard]] base::Result<repository::StockChange> change_stock(domain::CouponId coupon_id,
                                                                     domain::InventoryKind kind,
                                                                     std::int64_t amount,
                                                                     const std::string& reason);
    [[nodiscard]] base::Result<repository::TakeBack> take_back(domain::RegistrationId id,
                                                               const std::string& reason);
    [[nodiscard]] base::Result<repository::Page<domain::Coupon>> list(domain::CouponId after,
                                                                      std::size_t count_max);
    [[nodiscard]] base::Result<repository::Page<domain::CouponInventory>> live_events(
        domain::CouponId coupon_id, domain::Sequence after, std::size_t count_max);
    [[nodiscard]] base::Result<repository::Page<domain::CouponInventoryHistory>> history(
        domain::CouponId coupon_id, base::Instant from, base::Instant to, domain::Sequence after,
        std::size_t count_max);
    [[nodiscard]] base::Result<repository::Page<domain::RegisteredCoupon>> registrations(
        domain::CouponId coupon_id, domain::Sequence after, std::size_t count_max);
    /// The stock at a moment, or now; nothing if there is no such coupon.
    [[nodiscard]] base::Result<std::optional<StockAt>> stock_at(domain::CouponId coupon_id,
                                                                std::optional<base::Instant> at);

private:
    repository::CouponRepository& coupons_;
    issuing::WaitingLine& line_;
    issuing::SoldOutLatch& latch_;
    const base::Clock& clock_;
};

}  // namespace dibs::service
