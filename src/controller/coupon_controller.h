#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "base/workers.h"
#include "controller/authorization.h"
#include "controller/issue_desk.h"
#include "controller/paced_refusals.h"
#include "http/router.h"
#include "service/coupon_service.h"

namespace dibs::controller {

/// Coupons for customers: what is on offer, and the button.
class CouponController {
public:
    /// All must outlive it. `loop_count`: of the server whose requests it answers.
    CouponController(service::CouponService& coupons, const Authorization& authorization,
                     base::Workers& readers, IssueMetrics& metrics, const base::Clock& clock,
                     std::chrono::milliseconds request_deadline, std::size_t loop_count);

    /// `POST /api/v1/coupons/{couponId}/me`
    void issue(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `GET /api/v1/coupons`
    void list(const http::Request& request, const http::PathParameters& path, http::Reply reply);
    /// `GET /api/v1/coupons/{couponId}`
    void show(const http::Request& request, const http::PathParameters& path, http::Reply reply);

private:
    /// What one HTTP thread has of its own.
    struct Place {
        Place(http::Loop& loop, CouponController& of);

        IssueDesk desk;
        PacedRefusals refusals;
    };

    [[nodiscard]] Place& place_at(http::Loop& loop);

    service::CouponService& coupons_;
    const Authorization& authorization_;
    base::Workers& readers_;
    IssueMetrics& metrics_;
    const base::Clock& clock_;
    const std::chrono::milliseconds request_deadline_;
    // By the loop's number; each loop makes its own.
    std::vector<std::unique_ptr<Place>> places_;
};

}  // namespace dibs::controller
