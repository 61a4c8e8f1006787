#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/instant.h"
#include "domain/coupon_inventory.h"
#include "domain/ids.h"
#include "domain/issue_outcome.h"
#include "domain/registered_coupon.h"

namespace dibs::domain {

/// What is announced of a coupon: everything but its stock.
struct CouponTerms {
    CouponId id;
    std::string name;
    std::string description;
    base::Instant from;  ///< The first moment of the window.
    base::Instant to;    ///< The last moment of the window.
    std::int64_t limit_per_user = 1;
    base::Instant created_at;
    bool operator==(const CouponTerms&) const = default;
};

/// What somebody who asks for a coupon is told, and what follows from it.
struct IssueDecision {
    IssueOutcome outcome = IssueOutcome::coupon_not_found;
    /// Only for `issued`: what has to be kept before anybody is told.
    std::optional<RegisteredCouponCreate> create;
    /// For `replayed` the one that the key got; for `already_registered` all that the user holds.
    std::vector<RegisteredCoupon> held;
};

/// One who asks.
struct IssueRequest {
    const UserId& user_id;
    const std::optional<IdempotencyKey>& idempotency_key;
    base::Instant arrived_at;  ///< When the request's last byte arrived: the moment the window is
                               ///< held against.
};

/// Why an operator's change of the stock was not appended.
enum class StockRefusal : std::uint8_t {
    below_zero,  ///< It would bring the stock below zero.
    too_large,   ///< It would bring the stock beyond `number_max`.
};

/// A coupon with its books open at their head. It decides; it keeps nothing.
///
/// Whoever holds one has the coupon's stream to themselves, and must keep, in this order, every
/// event that it returns. A value; not to be shared between threads.
class Coupon {
public:
    /// `balance` is the fold of all of the coupon's events.
    Coupon(std::shared_ptr<const CouponTerms> terms, Balance balance);

    [[nodiscard]] const CouponTerms& terms() const { return *terms_; }
    [[nodiscard]] const std::shared_ptr<const CouponTerms>& shared_terms() const { return terms_; }
    [[nodiscard]] const Balance& balance() const { return balance_; }

    /// Decides on one request: stock first, then the window. `held` is all that this user was ever
    /// registered for. When the outcome is `issued` the stock is one less for whoever asks next.
    /// (Named so because `register` is a reserved word.)
    [[nodiscard]] IssueDecision register_(const IssueRequest& request,
                                          std::span<const RegisteredCoupon> held);

    /// Puts `amount` on the shelf or takes it off, and gives the event that says so. `kind` is
    /// `stocked` (amount above zero) or `adjusted` (not zero).
    [[nodiscard]] std::expected<CouponInventory, StockRefusal> change_stock(InventoryKind kind,
                                                                            std::int64_t amount,
                                                                            std::string reason,
                                                                            base::Instant now);

    /// Takes a registered coupon back and gives the event that says so. It must be active and of
    /// this coupon.
    [[nodiscard]] CouponInventory take_back(const RegisteredCoupon& registered, std::string reason,
                                            base::Instant now);

private:
    [[nodiscard]] CouponInventory append(InventoryKind kind, std::int64_t amount,
                                         base::Instant now);

    std::shared_ptr<const CouponTerms> terms_;
    Balance balance_;
};

}  // namespace dibs::domain
