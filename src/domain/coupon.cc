#include "domain/coupon.h"

#include <algorithm>
#include <utility>

#include "base/ensure.h"

namespace dibs::domain {

using base::ensure;

namespace {

const RegisteredCoupon* find_by_key(std::span<const RegisteredCoupon> held,
                                    const std::optional<IdempotencyKey>& key) {
    if (!key) return nullptr;
    const auto found = std::ranges::find(held, key, &RegisteredCoupon::idempotency_key);
    return found == held.end() ? nullptr : &*found;
}

std::vector<RegisteredCoupon> active_of(std::span<const RegisteredCoupon> held) {
    std::vector<RegisteredCoupon> active;
    std::ranges::copy_if(held, std::back_inserter(active), [](const RegisteredCoupon& one) {
        return one.status == RegistrationStatus::active;
    });
    return active;
}

std::int64_t next_nth(std::span<const RegisteredCoupon> held) {
    std::int64_t highest = 0;
    for (const RegisteredCoupon& one : held) highest = std::max(highest, one.nth);
    return highest + 1;
}

}  // namespace

Coupon::Coupon(std::shared_ptr<const CouponTerms> terms, Balance balance)
    : terms_(std::move(terms)), balance_(balance) {
    ensure(balance_.stock >= 0, "a coupon's stock is never below zero");
}

// The checks stand in the order of IssueOutcome: the first that holds is the answer.
IssueDecision Coupon::register_(const IssueRequest& request,
                                std::span<const RegisteredCoupon> held) {
    if (const RegisteredCoupon* earlier = find_by_key(held, request.idempotency_key)) {
        return {.outcome = IssueOutcome::replayed, .create = std::nullopt, .held = {*earlier}};
    }
    if (!held.empty()) {
        std::vector<RegisteredCoupon> active = active_of(held);
        if (std::cmp_greater_equal(active.size(), terms_->limit_per_user)) {
            return {.outcome = IssueOutcome::already_registered,
                    .create = std::nullopt,
                    .held = std::move(active)};
        }
    }
    if (balance_.stock < 1) return {.outcome = IssueOutcome::sold_out, .create = {}, .held = {}};
    if (terms_->from > request.arrived_at) {
        return {.outcome = IssueOutcome::not_started, .create = {}, .held = {}};
    }
    if (terms_->to < request.arrived_at) {
        return {.outcome = IssueOutcome::ended, .create = {}, .held = {}};
    }

    const CouponInventory event = append(InventoryKind::issued, -1, request.arrived_at);
    return {.outcome = IssueOutcome::issued,
            .create = RegisteredCouponCreate{.coupon_id = event.coupon_id,
                                             .sequence = event.sequence,
                                             .user_id = request.user_id,
                                             .nth = next_nth(held),
                                             .rank = event.issued_after,
                                             .stock_after = event.stock_after,
                                             .idempotency_key = request.idempotency_key,
                                             .registered_at = event.created_at},
            .held = {}};
}

std::expected<CouponInventory, StockRefusal> Coupon::change_stock(InventoryKind kind,
                                                                  std::int64_t amount,
                                                                  std::string reason,
                                                                  base::Instant now) {
    ensure(kind == InventoryKind::stocked ? amount > 0
                                          : kind == InventoryKind::adjusted && amount != 0,
           "an operator stocks more than nothing or adjusts by something");
    ensure(amount >= -number_max && amount <= number_max, "an amount fits 53 bits");
    // So that no sum is too large to be one, whatever the stock is.
    if (amount < -balance_.stock) return std::unexpected(StockRefusal::below_zero);
    if (amount > number_max - balance_.stock) return std::unexpected(StockRefusal::too_large);
    CouponInventory event = append(kind, amount, now);
    event.reason = std::move(reason);
    return event;
}

CouponInventory Coupon::take_back(const RegisteredCoupon& registered, std::string reason,
                                  base::Instant now) {
    ensure(registered.coupon_id == terms_->id, "a coupon is taken back into its own stock");
    ensure(registered.status == RegistrationStatus::active, "a coupon is taken back once");
    CouponInventory event = append(InventoryKind::returned, +1, now);
    event.user_id = registered.user_id;
    event.reason = std::move(reason);
    return event;
}

CouponInventory Coupon::append(InventoryKind kind, std::int64_t amount, base::Instant now) {
    CouponInventory event{.coupon_id = terms_->id,
                          .sequence = balance_.head.next(),
                          .kind = kind,
                          .amount = amount,
                          .stock_after = 0,
                          .issued_after = 0,
                          .user_id = std::nullopt,
                          .reason = {},
                          .created_at = now};
    balance_ = fold(balance_, event);
    ensure(balance_.stock >= 0, "a coupon's stock is never below zero");
    event.stock_after = balance_.stock;
    event.issued_after = balance_.issued;
    return event;
}

}  // namespace dibs::domain
