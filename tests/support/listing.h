#pragma once

#include <optional>
#include <utility>

#include "repository/coupon_repository.h"

namespace dibs::test {

/// One listing by itself.
[[nodiscard]] inline base::Result<repository::Listing> list_registered(
    repository::CouponRepository& coupons, const domain::UserId& user,
    std::optional<repository::ListingPlace> after, std::size_t count_max) {
    const repository::ListingQuery query{user, after, count_max};
    return std::move(coupons.list_registered({&query, 1}).front());
}

}  // namespace dibs::test
