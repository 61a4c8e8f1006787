#pragma once

#include "base/workers.h"
#include "controller/authorization.h"
#include "controller/listing_desk.h"
#include "http/router.h"
#include "service/coupon_service.h"

namespace dibs::controller {

/// What a customer holds.
class RegisteredCouponController {
public:
    /// All must outlive it.
    RegisteredCouponController(service::CouponService& coupons, const Authorization& authorization,
                               base::Workers& readers);

    /// `GET /api/v1/coupons/me`
    void list(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `GET /api/v1/coupons/me/{id}`
    void show(const http::Request& request, const http::PathParameters& path, http::Reply reply);

private:
    service::CouponService& coupons_;
    const Authorization& authorization_;
    base::Workers& readers_;
    ListingDesk listing_desk_;
};

}  // namespace dibs::controller
