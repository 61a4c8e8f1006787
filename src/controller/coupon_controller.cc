#include "controller/coupon_controller.h"

#include <utility>

#include "controller/answer.h"
#include "controller/errand.h"
#include "controller/page_cursor.h"
#include "controller/page_size.h"
#include "controller/wire_format.h"

namespace dibs::controller {

using http::PathParameters;
using http::Reply;
using http::Request;
using http::Response;

namespace {

constexpr char offer_listing = 'o';

std::string next_of(const repository::Page<domain::Coupon>& page) {
    if (!page.has_more) return {};
    const domain::CouponTerms& last = page.rows.back().terms();
    return write_cursor(offer_listing, {base::to_microseconds(last.from), last.id.value});
}

}  // namespace

CouponController::CouponController(service::CouponService& coupons,
                                   const Authorization& authorization, base::Workers& readers,
                                   IssueMetrics& metrics, const base::Clock& clock,
                                   std::chrono::milliseconds request_deadline,
                                   std::size_t loop_count)
    : coupons_(coupons),
      authorization_(authorization),
      readers_(readers),
      metrics_(metrics),
      clock_(clock),
      request_deadline_(request_deadline),
      places_(loop_count) {}

void CouponController::issue(const Request& request, const PathParameters& path, Reply reply) {
    auto user = authorization_.user_of(request);
    if (!user) return reply.send(std::move(user.error()));
    const auto coupon_id = domain::parse_coupon_id(path[0]);
    if (!coupon_id) return reply.send(coupon_not_found());
    auto key = read_idempotency_key(request);
    if (!key) return reply.send(invalid_request(key.error()));

    Place& place = place_at(reply.loop());
    const std::uint64_t ticket = place.desk.keep(std::move(reply), request.arrived_at_steady);
    const auto answer = coupons_.issue({.coupon_id = *coupon_id,
                                        .user_id = *std::move(user),
                                        .idempotency_key = *std::move(key),
                                        .deadline = request.arrived_at_steady + request_deadline_,
                                        .desk = &place.desk,
                                        .ticket = ticket});
    if (!answer) return;
    if (!*answer && answer->failure().kind == base::FailureKind::overloaded) {
        return place.refusals.refuse(ticket, answer->failure());
    }
    place.desk.answer(ticket, *answer);
}

void CouponController::list(const Request& request, const PathParameters&, Reply reply) {
    const auto count =
        read_number(request, "limit", 1, customers_page.max, customers_page.otherwise);
    if (!count) return reply.send(invalid_request(count.error()));
    const auto place = read_cursor_parameter(request, offer_listing, 2);
    if (!place) return reply.send(invalid_request(place.error()));
    run_errand(readers_, std::move(reply), [this, at = *place, wanted = *count]() -> Response {
        std::optional<repository::CouponRepository::OpeningPlace> after;
        if (at) after = {base::from_microseconds((*at)[0]), domain::CouponId{(*at)[1]}};
        const auto page = coupons_.list_open(after, static_cast<std::size_t>(wanted));
        if (!page) return answer_of(page.failure());
        return json(200, write_offer_page(*page, next_of(*page)));
    });
}

void CouponController::show(const Request&, const PathParameters& path, Reply reply) {
    const auto coupon_id = domain::parse_coupon_id(path[0]);
    if (!coupon_id) return reply.send(coupon_not_found());
    run_errand(readers_, std::move(reply), [this, id = *coupon_id]() -> Response {
        const auto coupon = coupons_.find(id);
        if (!coupon) return answer_of(coupon.failure());
        if (!*coupon) return coupon_not_found();
        return json(200, write_offer(**coupon));
    });
}

CouponController::Place::Place(http::Loop& loop, CouponController& of)
    : desk(loop, of.metrics_, of.clock_),
      refusals(desk, loop, of.clock_, [&of] { return of.coupons_.has_room_again(); }) {}

CouponController::Place& CouponController::place_at(http::Loop& loop) {
    // Each loop touches its own element only, so there is nothing to guard.
    auto& place = places_[loop.number()];
    if (!place) place = std::make_unique<Place>(loop, *this);
    return *place;
}

}  // namespace dibs::controller
