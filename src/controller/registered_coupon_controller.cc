#include "controller/registered_coupon_controller.h"

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

constexpr char registered_listing = 'r';

std::string next_of(const repository::Listing& page) {
    if (!page.has_more) return {};
    const domain::RegisteredCoupon& last = page.rows.back().registered;
    return write_cursor(registered_listing, {base::to_microseconds(last.registered_at),
                                             last.coupon_id.value, last.sequence.value});
}

std::optional<repository::ListingPlace> to_place(
    const std::optional<std::vector<std::int64_t>>& numbers) {
    if (!numbers) return std::nullopt;
    return repository::ListingPlace{
        base::from_microseconds((*numbers)[0]),
        {domain::CouponId{(*numbers)[1]}, domain::Sequence{(*numbers)[2]}}};
}

Response answer_of_listing(const base::Result<repository::Listing>& page) {
    if (!page) return controller::answer_of(page.failure());
    return json(200, write_registered_page(*page, next_of(*page)));
}

}  // namespace

RegisteredCouponController::RegisteredCouponController(service::CouponService& coupons,
                                                       const Authorization& authorization,
                                                       base::Workers& readers)
    : coupons_(coupons),
      authorization_(authorization),
      readers_(readers),
      listing_desk_(coupons, readers, answer_of_listing) {}

void RegisteredCouponController::list(const Request& request, const PathParameters&, Reply reply) {
    auto user = authorization_.user_of(request);
    if (!user) return reply.send(std::move(user.error()));
    const auto count =
        read_number(request, "limit", 1, customers_page.max, customers_page.otherwise);
    if (!count) return reply.send(invalid_request(count.error()));
    const auto numbers = read_cursor_parameter(request, registered_listing, 3);
    if (!numbers) return reply.send(invalid_request(numbers.error()));
    listing_desk_.ask({.user = *std::move(user),
                       .after = to_place(*numbers),
                       .count_max = static_cast<std::size_t>(*count)},
                      std::move(reply));
}

void RegisteredCouponController::show(const Request& request, const PathParameters& path,
                                      Reply reply) {
    auto user = authorization_.user_of(request);
    if (!user) return reply.send(std::move(user.error()));
    const auto id = domain::RegistrationId::parse(path[0]);
    if (!id) return reply.send(problem("registration-not-found", "You hold no such coupon."));
    run_errand(readers_, std::move(reply),
               [this, whose = *std::move(user), wanted = *id]() -> Response {
                   const auto registered = coupons_.find_registered(whose, wanted);
                   if (!registered) return answer_of(registered.failure());
                   if (!*registered)
                       return problem("registration-not-found", "You hold no such coupon.");
                   return json(200, write_registered(**registered));
               });
}

}  // namespace dibs::controller
