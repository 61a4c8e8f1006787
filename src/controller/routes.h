#pragma once

#include <vector>

#include "controller/admin_controller.h"
#include "controller/books_controller.h"
#include "controller/compaction_controller.h"
#include "controller/coupon_controller.h"
#include "controller/health_controller.h"
#include "controller/registered_coupon_controller.h"
#include "http/router.h"

namespace dibs::controller {

/// Whoever answers. All must outlive the routes.
struct Controllers {
    CouponController& coupons;
    RegisteredCouponController& registered;
    AdminController& admin;
    BooksController& books;
    CompactionController& compactions;
    HealthController& health;
};

/// What customers can ask, on the public listener.
[[nodiscard]] std::vector<http::Route> public_routes(const Controllers& controllers);

/// What operators and machines can ask, on the operators' listener. Nothing of it is public.
[[nodiscard]] std::vector<http::Route> admin_routes(const Controllers& controllers);

}  // namespace dibs::controller
