#pragma once

#include "base/workers.h"
#include "controller/authorization.h"
#include "http/router.h"
#include "service/coupon_service.h"

namespace dibs::controller {

/// What operators do with coupons: offer them, change what is announced, stock up, take back. Every
/// method answers 401 or 403 where the caller is no operator.
class AdminController {
public:
    /// All must outlive it.
    AdminController(service::CouponService& coupons, const Authorization& authorization,
                    base::Workers& workers);

    /// `POST /admin/v1/coupons`
    void create(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `GET /admin/v1/coupons`
    void list(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `GET /admin/v1/coupons/{couponId}`
    void show(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `PATCH /admin/v1/coupons/{couponId}`
    void patch(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `POST /admin/v1/coupons/{couponId}/inventory`
    void change_stock(const http::Request& request, const http::PathParameters& path,
                      http::Reply reply);
    /// `POST /admin/v1/registrations/{id}/return`
    void take_back(const http::Request& request, const http::PathParameters& path,
                   http::Reply reply);

private:
    service::CouponService& coupons_;
    const Authorization& authorization_;
    base::Workers& workers_;
};

}  // namespace dibs::controller
