#include "support/builders.h"

#include <memory>
#include <utility>

namespace dibs::test {

using domain::CouponInventory;
using domain::InventoryKind;

CouponBuilder a_coupon() {
    return {};
}

CouponBuilder& CouponBuilder::named(std::string name) {
    create_.name = std::move(name);
    return *this;
}

CouponBuilder& CouponBuilder::described(std::string description) {
    create_.description = std::move(description);
    return *this;
}

CouponBuilder& CouponBuilder::from(base::Instant from) {
    create_.from = from;
    return *this;
}

CouponBuilder& CouponBuilder::to(base::Instant to) {
    create_.to = to;
    return *this;
}

CouponBuilder& CouponBuilder::limit(std::int64_t limit_per_user) {
    create_.limit_per_user = limit_per_user;
    return *this;
}

CouponBuilder& CouponBuilder::with_stock(std::int64_t stock) {
    create_.stock = stock;
    return *this;
}

domain::CouponTerms CouponBuilder::terms(std::int64_t id) const {
    return {.id = domain::CouponId{id},
            .name = create_.name,
            .description = create_.description,
            .from = create_.from,
            .to = create_.to,
            .limit_per_user = create_.limit_per_user,
            .created_at = noon};
}

domain::Coupon CouponBuilder::open(std::int64_t id) const {
    const domain::Sequence head{create_.stock > 0 ? 1 : 0};
    return {std::make_shared<const domain::CouponTerms>(terms(id)),
            domain::Balance{head, create_.stock, 0}};
}

RegistrationBuilder a_registration() {
    return {};
}

RegistrationBuilder& RegistrationBuilder::of(std::string_view user_name) {
    registered_.user_id = user(user_name);
    return *this;
}

RegistrationBuilder& RegistrationBuilder::coupon(std::int64_t id) {
    registered_.coupon_id = domain::CouponId{id};
    return *this;
}

RegistrationBuilder& RegistrationBuilder::sequence(std::int64_t sequence) {
    registered_.sequence = domain::Sequence{sequence};
    return *this;
}

RegistrationBuilder& RegistrationBuilder::nth(std::int64_t nth) {
    registered_.nth = nth;
    return *this;
}

RegistrationBuilder& RegistrationBuilder::rank(std::int64_t rank) {
    registered_.rank = rank;
    return *this;
}

RegistrationBuilder& RegistrationBuilder::with_key(std::string_view key_text) {
    registered_.idempotency_key = key(key_text);
    return *this;
}

RegistrationBuilder& RegistrationBuilder::returned() {
    registered_.status = domain::RegistrationStatus::returned;
    return *this;
}

StreamBuilder stream(std::int64_t coupon_id) {
    return StreamBuilder(coupon_id);
}

StreamBuilder& StreamBuilder::cumulative(std::int64_t sequence, std::int64_t stock,
                                         std::int64_t issued) {
    head_ = sequence - 1;
    stock_ = 0;
    issued_ = issued;
    return append(InventoryKind::cumulative, stock, std::nullopt);
}

StreamBuilder& StreamBuilder::stocked(std::int64_t amount) {
    return append(InventoryKind::stocked, amount, std::nullopt);
}

StreamBuilder& StreamBuilder::adjusted(std::int64_t amount) {
    return append(InventoryKind::adjusted, amount, std::nullopt);
}

StreamBuilder& StreamBuilder::issued(std::string_view user_name) {
    ++issued_;
    return append(InventoryKind::issued, -1, user(user_name));
}

StreamBuilder& StreamBuilder::returned(std::string_view user_name) {
    return append(InventoryKind::returned, +1, user(user_name));
}

StreamBuilder& StreamBuilder::at(base::Instant next) {
    next_at_ = next;
    return *this;
}

StreamBuilder& StreamBuilder::append(InventoryKind kind, std::int64_t amount,
                                     std::optional<domain::UserId> user_id) {
    ++head_;
    stock_ += amount;
    events_.push_back(CouponInventory{.coupon_id = domain::CouponId{coupon_id_},
                                      .sequence = domain::Sequence{head_},
                                      .kind = kind,
                                      .amount = amount,
                                      .stock_after = stock_,
                                      .issued_after = issued_,
                                      .user_id = std::move(user_id),
                                      .reason = {},
                                      .created_at = next_at_});
    next_at_ += 1s;
    return *this;
}

}  // namespace dibs::test
