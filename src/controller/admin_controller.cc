#include "controller/admin_controller.h"

#include <fmt/format.h>

#include <utility>

#include "controller/answer.h"
#include "controller/errand.h"
#include "controller/page_cursor.h"
#include "controller/page_size.h"
#include "controller/wire_format.h"

namespace dibs::controller {

using domain::CouponId;
using http::PathParameters;
using http::Reply;
using http::Request;
using http::Response;

namespace {

constexpr char coupon_listing = 'c';

Response created(std::string location, std::string body) {
    Response response = json(201, std::move(body));
    response.fields.push_back({"Location", std::move(location)});
    return response;
}

Response answer_of(CouponId coupon_id, const repository::StockChange& change) {
    using Outcome = repository::StockChange::Outcome;
    switch (change.outcome) {
        case Outcome::appended:
            return created(fmt::format("/admin/v1/coupons/{}/history/{}", coupon_id.value,
                                       change.event->sequence.value),
                           write_event(*change.event));
        case Outcome::coupon_not_found: return coupon_not_found();
        case Outcome::below_zero:
            return problem("stock-below-zero", fmt::format("The stock is {}.", change.stock));
        case Outcome::too_large: break;
    }
    return invalid_request({"amount", fmt::format("expected no more than brings the stock to {}",
                                                  domain::number_max)});
}

Response answer_of(const repository::TakeBack& taken) {
    using Outcome = repository::TakeBack::Outcome;
    switch (taken.outcome) {
        case Outcome::returned:
            return created(fmt::format("/admin/v1/coupons/{}/history/{}",
                                       taken.event->coupon_id.value, taken.event->sequence.value),
                           write_registration(*taken.registered));
        case Outcome::already_returned:
            return problem("already-returned", "This registered coupon was taken back before.");
        case Outcome::not_found: break;
    }
    return problem("registration-not-found", "There is no registered coupon with this id.");
}

}  // namespace

AdminController::AdminController(service::CouponService& coupons,
                                 const Authorization& authorization, base::Workers& workers)
    : coupons_(coupons), authorization_(authorization), workers_(workers) {}

void AdminController::create(const Request& request, const PathParameters&, Reply reply) {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) return reply.send(std::move(admitted.error()));
    auto wanted = read_coupon_create(request.body);
    if (!wanted) return reply.send(invalid_request(wanted.error()));
    run_errand(workers_, std::move(reply), [this, create = *std::move(wanted)]() -> Response {
        const auto edit = coupons_.create(create);
        if (!edit) return controller::answer_of(edit.failure());
        if (edit->invalid) return invalid_request(*edit->invalid);
        return created(fmt::format("/admin/v1/coupons/{}", edit->coupon->terms().id.value),
                       write_coupon(*edit->coupon));
    });
}

void AdminController::list(const Request& request, const PathParameters&, Reply reply) {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) return reply.send(std::move(admitted.error()));
    const auto count =
        read_number(request, "limit", 1, operators_page.max, operators_page.otherwise);
    if (!count) return reply.send(invalid_request(count.error()));
    const auto place = read_cursor_parameter(request, coupon_listing, 1);
    if (!place) return reply.send(invalid_request(place.error()));
    const CouponId after{*place ? (**place)[0] : 0};
    run_errand(workers_, std::move(reply),
               [this, after, wanted = static_cast<std::size_t>(*count)]() -> Response {
                   const auto page = coupons_.list(after, wanted);
                   if (!page) return controller::answer_of(page.failure());
                   const std::string next =
                       page->has_more
                           ? write_cursor(coupon_listing, {page->rows.back().terms().id.value})
                           : std::string();
                   return json(200, write_coupon_page(*page, next));
               });
}

void AdminController::show(const Request& request, const PathParameters& path, Reply reply) {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) return reply.send(std::move(admitted.error()));
    const auto coupon_id = domain::parse_coupon_id(path[0]);
    if (!coupon_id) return reply.send(coupon_not_found());
    run_errand(workers_, std::move(reply), [this, id = *coupon_id]() -> Response {
        const auto coupon = coupons_.find(id);
        if (!coupon) return controller::answer_of(coupon.failure());
        if (!*coupon) return coupon_not_found();
        return json(200, write_coupon(**coupon));
    });
}

void AdminController::patch(const Request& request, const PathParameters& path, Reply reply) {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) return reply.send(std::move(admitted.error()));
    const auto coupon_id = domain::parse_coupon_id(path[0]);
    if (!coupon_id) return reply.send(coupon_not_found());
    auto wanted = read_coupon_patch(request.body);
    if (!wanted) return reply.send(invalid_request(wanted.error()));
    run_errand(workers_, std::move(reply),
               [this, id = *coupon_id, patch = *std::move(wanted)]() -> Response {
                   const auto edit = coupons_.patch(id, patch);
                   if (!edit) return controller::answer_of(edit.failure());
                   if (edit->invalid) return invalid_request(*edit->invalid);
                   if (!edit->coupon) return coupon_not_found();
                   return json(200, write_coupon(*edit->coupon));
               });
}

void AdminController::change_stock(const Request& request, const PathParameters& path,
                                   Reply reply) {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) return reply.send(std::move(admitted.error()));
    const auto coupon_id = domain::parse_coupon_id(path[0]);
    if (!coupon_id) return reply.send(coupon_not_found());
    auto wanted = read_stock_change(request.body);
    if (!wanted) return reply.send(invalid_request(wanted.error()));
    run_errand(workers_, std::move(reply),
               [this, id = *coupon_id, change = *std::move(wanted)]() -> Response {
                   const auto changed =
                       coupons_.change_stock(id, change.kind, change.amount, change.reason);
                   if (!changed) return controller::answer_of(changed.failure());
                   return answer_of(id, *changed);
               });
}

void AdminController::take_back(const Request& request, const PathParameters& path, Reply reply) {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) return reply.send(std::move(admitted.error()));
    const auto id = domain::RegistrationId::parse(path[0]);
    if (!id) return reply.send(answer_of(repository::TakeBack{}));
    auto why = read_reason(request.body);
    if (!why) return reply.send(invalid_request(why.error()));
    run_errand(workers_, std::move(reply),
               [this, wanted = *id, reason = *std::move(why)]() -> Response {
                   const auto taken = coupons_.take_back(wanted, reason);
                   if (!taken) return controller::answer_of(taken.failure());
                   return answer_of(*taken);
               });
}

}  // namespace dibs::controller
