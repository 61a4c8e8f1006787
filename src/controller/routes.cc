#include "controller/routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/answer.h"

// The whole API on one screen.

namespace dibs::controller {

using http::Method;
using http::PathParameters;
using http::Reply;
using http::Request;
using http::Route;

namespace {

/// A route to a controller's method.
template <typename Controller>
Route to(Method method, std::string pattern, Controller& controller,
         void (Controller::*answer)(const Request&, const PathParameters&, Reply)) {
    return Route{
        method, std::move(pattern),
        [&controller, answer](const Request& request, const PathParameters& path, Reply reply) {
            (controller.*answer)(request, path, std::move(reply));
        }};
}

void say_who_we_are(const Request&, const PathParameters&, Reply reply) {
    reply.send(json(200, R"({"service":"dibs","coupons":"/api/v1/coupons"})"));
}

/// What a problem's `type` leads to: its meaning, for people.
void explain_problem(const Request&, const PathParameters& path, Reply reply) {
    const auto kinds = problem_kinds();
    const auto found = std::ranges::find(kinds, path[0], &ProblemKind::code);
    if (found == kinds.end()) return reply.send(problem("not-found", "There is no such problem."));
    http::Response response;
    response.content_type = "text/plain; charset=utf-8";
    response.body =
        fmt::format("{} ({})\n{}.\n{}\n", found->code, found->status, found->title, found->help);
    reply.send(std::move(response));
}

}  // namespace

std::vector<Route> public_routes(const Controllers& at) {
    return {
        to(Method::post, "/api/v1/coupons/{couponId}/me", at.coupons, &CouponController::issue),
        to(Method::get, "/api/v1/coupons/me", at.registered, &RegisteredCouponController::list),
        to(Method::get, "/api/v1/coupons/me/{id}", at.registered,
           &RegisteredCouponController::show),
        to(Method::get, "/api/v1/coupons", at.coupons, &CouponController::list),
        to(Method::get, "/api/v1/coupons/{couponId}", at.coupons, &CouponController::show),
        {Method::get, "/problems/{code}", explain_problem},
        {Method::get, "/", say_who_we_are},
    };
}

std::vector<Route> admin_routes(const Controllers& at) {
    return {
        to(Method::post, "/admin/v1/coupons", at.admin, &AdminController::create),
        to(Method::get, "/admin/v1/coupons", at.admin, &AdminController::list),
        to(Method::get, "/admin/v1/coupons/{couponId}", at.admin, &AdminController::show),
        to(Method::patch, "/admin/v1/coupons/{couponId}", at.admin, &AdminController::patch),
        to(Method::post, "/admin/v1/coupons/{couponId}/inventory", at.admin,
           &AdminController::change_stock),
        to(Method::get, "/admin/v1/coupons/{couponId}/inventory", at.books,
           &BooksController::list_inventory),
        to(Method::get, "/admin/v1/coupons/{couponId}/history", at.books,
           &BooksController::list_history),
        to(Method::get, "/admin/v1/coupons/{couponId}/history/{sequence}", at.books,
           &BooksController::show_event),
        to(Method::get, "/admin/v1/coupons/{couponId}/stock", at.books,
           &BooksController::show_stock),
        to(Method::get, "/admin/v1/coupons/{couponId}/registrations", at.books,
           &BooksController::list_registrations),
        to(Method::post, "/admin/v1/registrations/{id}/return", at.admin,
           &AdminController::take_back),
        to(Method::post, "/admin/v1/compactions", at.compactions, &CompactionController::start),
        to(Method::get, "/admin/v1/compactions", at.compactions, &CompactionController::list),
        to(Method::get, "/admin/v1/compactions/{run}", at.compactions, &CompactionController::show),
        to(Method::get, "/livez", at.health, &HealthController::live),
        to(Method::get, "/healthz", at.health, &HealthController::live),
        to(Method::get, "/readyz", at.health, &HealthController::ready),
        to(Method::get, "/metrics", at.health, &HealthController::show_metrics),
        {Method::get, "/problems/{code}", explain_problem},
    };
}

}  // namespace dibs::controller
