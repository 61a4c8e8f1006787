#include "controller/books_controller.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "base/log.h"
#include "base/number.h"
#include "controller/answer.h"
#include "controller/page_cursor.h"
#include "controller/page_size.h"
#include "controller/wire_format.h"
#include "http/accept.h"

namespace dibs::controller {

using domain::CouponId;
using domain::Sequence;
using http::PathParameters;
using http::Reply;
using http::Request;
using http::Response;

namespace {

// Each listing's cursor is a place in the coupon's stream.
constexpr char live_listing = 'i';
constexpr char history_listing = 'h';
constexpr char registration_listing = 'g';

// choice: rows per piece of a streamed listing, some 100 KiB: what one slow reader keeps in memory.
constexpr std::size_t rows_per_chunk = 1'000;

/// Which page of a coupon's stream is asked for.
struct StreamPage {
    Sequence after;
    std::size_t count = 0;
};

Read<StreamPage> read_stream_page(const Request& request, char listing) {
    const auto count =
        read_number(request, "limit", 1, operators_page.max, operators_page.otherwise);
    if (!count) return std::unexpected(count.error());
    const auto place = read_cursor_parameter(request, listing, 1);
    if (!place) return std::unexpected(place.error());
    return StreamPage{Sequence{*place ? (**place)[0] : 0}, static_cast<std::size_t>(*count)};
}

template <typename Row>
std::string next_of(const repository::Page<Row>& page, char listing) {
    if (!page.has_more) return {};
    return write_cursor(listing, {page.rows.back().sequence.value});
}

/// Whoever names both gets what they want more, and of two that are equal the rarer one.
bool wants_csv(const Request& request) {
    const int csv = http::accepted_weight(request, "text/csv").value_or(0);
    return csv > 0 && csv >= http::accepted_weight(request, "application/json").value_or(0);
}

}  // namespace

BooksController::BooksController(service::CouponService& coupons,
                                 const Authorization& authorization, base::Workers& workers)
    : coupons_(coupons), authorization_(authorization), workers_(workers) {}

void BooksController::list_inventory(const Request& request, const PathParameters& path,
                                     Reply reply) {
    const auto coupon_id = admit(request, path, reply);
    if (!coupon_id) return;
    const auto wanted = read_stream_page(request, live_listing);
    if (!wanted) return reply.send(invalid_request(wanted.error()));
    answer_for(*coupon_id, std::move(reply),
               [this, id = *coupon_id, wanted = *wanted]() -> Response {
                   const auto page = coupons_.live_events(id, wanted.after, wanted.count);
                   if (!page) return answer_of(page.failure());
                   return json(200, write_event_page(*page, next_of(*page, live_listing)));
               });
}

void BooksController::list_history(const Request& request, const PathParameters& path,
                                   Reply reply) {
    const auto coupon_id = admit(request, path, reply);
    if (!coupon_id) return;
    const auto wanted = read_stream_page(request, history_listing);
    if (!wanted) return reply.send(invalid_request(wanted.error()));
    const auto from = read_time(request, "from");
    if (!from) return reply.send(invalid_request(from.error()));
    const auto to = read_time(request, "to");
    if (!to) return reply.send(invalid_request(to.error()));
    answer_for(
        *coupon_id, std::move(reply),
        [this, id = *coupon_id, wanted = *wanted, first = from->value_or(base::earliest_instant()),
         last = to->value_or(base::latest_instant())]() -> Response {
            const auto page = coupons_.history(id, first, last, wanted.after, wanted.count);
            if (!page) return answer_of(page.failure());
            return json(200, write_event_page(*page, next_of(*page, history_listing)));
        });
}

void BooksController::show_event(const Request& request, const PathParameters& path, Reply reply) {
    const auto coupon_id = admit(request, path, reply);
    if (!coupon_id) return;
    const auto number = base::parse_integer<std::int64_t>(path[1]);
    if (!number || *number < 1 || *number > domain::number_max) {
        return reply.send(problem("event-not-found", "There is no event at this place."));
    }
    answer_for(*coupon_id, std::move(reply),
               [this, id = *coupon_id, place = Sequence{*number}]() -> Response {
                   const auto page =
                       coupons_.history(id, base::earliest_instant(), base::latest_instant(),
                                        Sequence{place.value - 1}, 1);
                   if (!page) return answer_of(page.failure());
                   if (page->rows.empty() || page->rows.front().sequence != place) {
                       return problem("event-not-found", "There is no event at this place.");
                   }
                   return json(200, write_event(page->rows.front()));
               });
}

void BooksController::show_stock(const Request& request, const PathParameters& path, Reply reply) {
    const auto coupon_id = admit(request, path, reply);
    if (!coupon_id) return;
    const auto at = read_time(request, "at");
    if (!at) return reply.send(invalid_request(at.error()));
    answer_for(*coupon_id, std::move(reply), [this, id = *coupon_id, at = *at]() -> Response {
        const auto stock = coupons_.stock_at(id, at);
        if (!stock) return answer_of(stock.failure());
        if (!*stock) return coupon_not_found();
        return json(200, write_stock(id, **stock));
    });
}

void BooksController::list_registrations(const Request& request, const PathParameters& path,
                                         Reply reply) {
    const auto coupon_id = admit(request, path, reply);
    if (!coupon_id) return;
    if (wants_csv(request)) {
        return answer_for(*coupon_id, std::move(reply),
                          [this, id = *coupon_id] { return stream_registrations(id); });
    }
    const auto wanted = read_stream_page(request, registration_listing);
    if (!wanted) return reply.send(invalid_request(wanted.error()));
    answer_for(
        *coupon_id, std::move(reply), [this, id = *coupon_id, wanted = *wanted]() -> Response {
            const auto page = coupons_.registrations(id, wanted.after, wanted.count);
            if (!page) return answer_of(page.failure());
            return json(200, write_registration_page(*page, next_of(*page, registration_listing)));
        });
}

std::optional<CouponId> BooksController::admit(const Request& request, const PathParameters& path,
                                               Reply& reply) const {
    auto admitted = authorization_.admit_operator(request);
    if (!admitted) {
        reply.send(std::move(admitted.error()));
        return std::nullopt;
    }
    const auto coupon_id = domain::parse_coupon_id(path[0]);
    if (!coupon_id) reply.send(coupon_not_found());
    return coupon_id;
}

void BooksController::answer_for(CouponId coupon_id, Reply reply, Errand answer) {
    run_errand(workers_, std::move(reply),
               [this, coupon_id, answer = std::move(answer)]() mutable -> Response {
                   const auto coupon = coupons_.find(coupon_id);
                   if (!coupon) return answer_of(coupon.failure());
                   if (!*coupon) return coupon_not_found();
                   return answer();
               });
}

// Piece by piece, each read when the client has taken the one before, so that a listing of millions
// costs one piece's memory, and no transaction stays open while somebody downloads.
Response BooksController::stream_registrations(CouponId coupon_id) {
    Response response;
    response.content_type = "text/csv; charset=utf-8; header=present";
    response.fields.push_back(
        {"Content-Disposition",
         fmt::format(R"(attachment; filename="registrations-{}.csv")", coupon_id.value)});
    response.stream = [this, coupon_id, after = std::make_shared<Sequence>(),
                       lead = registrations_csv_header()](http::TakeChunk take) mutable {
        auto taker = std::make_shared<http::TakeChunk>(std::move(take));
        const bool is_taken =
            workers_.submit([this, coupon_id, after, taker, text = std::move(lead)]() mutable {
                const auto page = coupons_.registrations(coupon_id, *after, rows_per_chunk);
                if (!page) {
                    base::log::warning("download-cut",
                                       {{"coupon", coupon_id.value}, {"why", page.failure().what}});
                    return (*taker)(http::Chunk{.bytes = {}, .is_last = true, .is_failed = true});
                }
                if (!page->rows.empty()) *after = page->rows.back().sequence;
                text += write_registrations_csv(page->rows);
                (*taker)(http::Chunk{
                    .bytes = std::move(text), .is_last = !page->has_more, .is_failed = false});
            });
        lead.clear();
        if (!is_taken) (*taker)(http::Chunk{.bytes = {}, .is_last = true, .is_failed = true});
    };
    return response;
}

}  // namespace dibs::controller
