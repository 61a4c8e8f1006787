#include "service/coupon_service.h"

#include <utility>

namespace dibs::service {

using base::Failure;
using base::FailureKind;
using base::Instant;
using base::Result;
using domain::Coupon;
using domain::CouponId;
using domain::Sequence;
using issuing::IssueResult;
using repository::Page;

CouponService::CouponService(repository::Store& store, issuing::WaitingLine& line,
                             issuing::SoldOutLatch& latch, const base::Clock& clock)
    : coupons_(store.coupons()), line_(line), latch_(latch), clock_(clock) {}

std::optional<Result<IssueResult>> CouponService::issue(issuing::PendingIssue request) {
    if (latch_.turns_away(request.coupon_id, request.user_id)) {
        return IssueResult{domain::IssueOutcome::sold_out, {}, nullptr};
    }
    switch (line_.join(std::move(request))) {
        case issuing::WaitingLine::Admission::joined: return std::nullopt;
        case issuing::WaitingLine::Admission::full:
            return Failure{FailureKind::overloaded, "too many requests are waiting"};
        case issuing::WaitingLine::Admission::closed: break;
    }
    return Failure{FailureKind::stopping, "the service is stopping"};
}

std::vector<Result<repository::Listing>> CouponService::list_registered(
    std::span<const repository::ListingQuery> queries) {
    return coupons_.list_registered(queries);
}

Result<std::optional<repository::RegisteredWithTerms>> CouponService::find_registered(
    const domain::UserId& user, domain::RegistrationId id) {
    return coupons_.find_registered(user, id);
}

Result<Page<Coupon>> CouponService::list_open(
    std::optional<repository::CouponRepository::OpeningPlace> after, std::size_t count_max) {
    return coupons_.list_open(clock_.now(), after, count_max);
}

Result<std::optional<Coupon>> CouponService::find(CouponId coupon_id) {
    return coupons_.find(coupon_id);
}

Result<CouponEdit> CouponService::create(const domain::CouponCreate& create) {
    if (auto invalid = domain::find_invalid(create)) {
        return CouponEdit{.coupon = std::nullopt, .invalid = std::move(invalid)};
    }
    auto coupon = coupons_.create(create, clock_.now());
    if (!coupon) return coupon.failure();
    return CouponEdit{.coupon = *std::move(coupon), .invalid = std::nullopt};
}

Result<CouponEdit> CouponService::patch(CouponId coupon_id, const domain::CouponPatch& patch) {
    CouponEdit edit;
    const auto check = [&edit](const domain::CouponTerms& terms) -> Result<void> {
        edit.invalid = domain::find_invalid(terms);
        if (edit.invalid) return Failure{FailureKind::invalid, edit.invalid->field};
        return {};
    };
    auto coupon = coupons_.patch(coupon_id, patch, check, clock_.now());
    if (edit.invalid) return edit;
    if (!coupon) return coupon.failure();
    edit.coupon = *std::move(coupon);
    return edit;
}

Result<repository::StockChange> CouponService::change_stock(CouponId coupon_id,
                                                            domain::InventoryKind kind,
                                                            std::int64_t amount,
                                                            const std::string& reason) {
    // Also where it is not known whether it was kept: an open latch only costs a look.
    const issuing::SoldOutLatch::KeptOpen kept_open(latch_, coupon_id);
    return coupons_.change_stock(coupon_id, kind, amount, reason, clock_.now());
}

Result<repository::TakeBack> CouponService::take_back(domain::RegistrationId id,
                                                      const std::string& reason) {
    const issuing::SoldOutLatch::KeptOpen kept_open(latch_, id.coupon_id);
    return coupons_.take_back(id, reason, clock_.now());
}

Result<Page<Coupon>> CouponService::list(CouponId after, std::size_t count_max) {
    return coupons_.list(after, count_max);
}

Result<Page<domain::CouponInventory>> CouponService::live_events(CouponId coupon_id, Sequence after,
                                                                 std::size_t count_max) {
    return coupons_.live_events(coupon_id, after, count_max);
}

Result<Page<domain::CouponInventoryHistory>> CouponService::history(CouponId coupon_id,
                                                                    Instant from, Instant to,
                                                                    Sequence after,
                                                                    std::size_t count_max) {
    return coupons_.history(coupon_id, from, to, after, count_max);
}

Result<Page<domain::RegisteredCoupon>> CouponService::registrations(CouponId coupon_id,
                                                                    Sequence after,
                                                                    std::size_t count_max) {
    return coupons_.registrations(coupon_id, after, count_max);
}

Result<std::optional<StockAt>> CouponService::stock_at(CouponId coupon_id,
                                                       std::optional<Instant> at) {
    const auto coupon = coupons_.find(coupon_id);
    if (!coupon) return coupon.failure();
    if (!*coupon) return std::optional<StockAt>();
    if (!at) return std::optional<StockAt>(StockAt{clock_.now(), (*coupon)->balance()});
    const auto balance = coupons_.balance_at(coupon_id, *at);
    if (!balance) return balance.failure();
    return std::optional<StockAt>(StockAt{*at, *balance});
}

}  // namespace dibs::service
