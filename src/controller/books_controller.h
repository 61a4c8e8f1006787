#pragma once

#include <optional>

#include "base/workers.h"
#include "controller/authorization.h"
#include "controller/errand.h"
#include "http/router.h"
#include "service/coupon_service.h"

namespace dibs::controller {

/// A coupon's books, for operators to read: live events, history, the stock at any moment, who is
/// registered. Every method answers 401 or 403 where the caller is no operator, and 404 where there
/// is no such coupon.
class BooksController {
public:
    /// All must outlive it.
    BooksController(service::CouponService& coupons, const Authorization& authorization,
                    base::Workers& workers);

    /// `GET /admin/v1/coupons/{couponId}/inventory`
    void list_inventory(const http::Request& request, const http::PathParameters& path,
                        http::Reply reply);
    /// `GET /admin/v1/coupons/{couponId}/history`
    void list_history(const http::Request& request, const http::PathParameters& path,
                      http::Reply reply);
    /// `GET /admin/v1/coupons/{couponId}/history/{sequence}`
    void show_event(const http::Request& request, const http::PathParameters& path,
                    http::Reply reply);
    /// `GET /admin/v1/coupons/{couponId}/stock`
    void show_stock(const http::Request& request, const http::PathParameters& path,
                    http::Reply reply);
    /// `GET /admin/v1/coupons/{couponId}/registrations`, as JSON in pages or as CSV, streamed.
    void list_registrations(const http::Request& request, const http::PathParameters& path,
                            http::Reply reply);

private:
    /// The coupon that an operator asks for; otherwise the reply has been sent.
    [[nodiscard]] std::optional<domain::CouponId> admit(const http::Request& request,
                                                        const http::PathParameters& path,
                                                        http::Reply& reply) const;
    /// Runs `answer` on a worker if there is such a coupon.
    void answer_for(domain::CouponId coupon_id, http::Reply reply, Errand answer);
    [[nodiscard]] http::Response stream_registrations(domain::CouponId coupon_id);

    service::CouponService& coupons_;
    const Authorization& authorization_;
    base::Workers& workers_;
};

}  // namespace dibs::controller
