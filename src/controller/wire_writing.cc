#include "controller/answer.h"
#include "controller/wire_format.h"
#include "controller/wire_object.h"

// What customers are told.

namespace dibs::controller {

using domain::Coupon;
using domain::CouponTerms;
using domain::IssueOutcome;
using domain::RegisteredCoupon;
using http::Response;

namespace {

void append_offer(std::string& out, const Coupon& coupon) {
    const CouponTerms& terms = coupon.terms();
    ObjectWriter(out)
        .number("id", terms.id.value)
        .text("name", terms.name)
        .text("description", terms.description)
        .time("from", terms.from)
        .time("to", terms.to)
        .number("limitPerUser", terms.limit_per_user)
        .number("remaining", coupon.balance().stock)
        .end();
}

Response registered_response(const IssueOutcome outcome, const RegisteredCoupon& registered,
                             const CouponTerms& terms) {
    // The first answer showed an active coupon; a replay shows the same, whatever became of it
    // since.
    std::string body;
    body.reserve(320);
    RegisteredCoupon first = registered;
    first.status = domain::RegistrationStatus::active;
    append_registered(body, first, terms);
    Response response = json(201, std::move(body));
    response.fields.push_back({"Location", "/api/v1/coupons/me/" + registered.id().text()});
    if (outcome == IssueOutcome::replayed)
        response.fields.push_back({"Idempotent-Replayed", "true"});
    return response;
}

Response already_registered_response(const issuing::IssueResult& result) {
    const http::Problem problem = problem_of(result.outcome);
    Response response = http::to_response(problem);
    std::string body = http::open_problem_json(problem);
    body += R"(,"items":[)";
    for (const RegisteredCoupon& registered : result.registered) {
        if (&registered != &result.registered.front()) body += ',';
        append_registered(body, registered, *result.terms);
    }
    body += "]}";
    response.body = std::move(body);
    return response;
}

}  // namespace

void append_registered(std::string& out, const RegisteredCoupon& registered,
                       const CouponTerms& terms) {
    ObjectWriter object(out);
    object.text("id", registered.id().text())
        .number("couponId", registered.coupon_id.value)
        .number("rank", registered.rank)
        .time("registeredAt", registered.registered_at)
        .text("status", name_of(registered.status));
    object.begin("coupon");
    ObjectWriter(out)
        .number("id", terms.id.value)
        .text("name", terms.name)
        .time("from", terms.from)
        .time("to", terms.to)
        .end();
    object.end();
}

Response to_response(const issuing::IssueResult& result) {
    switch (result.outcome) {
        case IssueOutcome::issued:
        case IssueOutcome::replayed:
            return registered_response(result.outcome, result.registered.front(), *result.terms);
        case IssueOutcome::already_registered: return already_registered_response(result);
        case IssueOutcome::coupon_not_found:
        case IssueOutcome::sold_out:
        case IssueOutcome::not_started:
        case IssueOutcome::ended: break;
    }
    return http::to_response(problem_of(result.outcome));
}

std::string write_registered(const repository::RegisteredWithTerms& registered) {
    std::string out;
    append_registered(out, registered.registered, *registered.terms);
    return out;
}

std::string write_registered_page(const repository::Page<repository::RegisteredWithTerms>& page,
                                  const std::string& next) {
    return write_page(page.rows, next,
                      [](std::string& out, const repository::RegisteredWithTerms& row) {
                          append_registered(out, row.registered, *row.terms);
                      });
}

std::string write_offer(const Coupon& coupon) {
    std::string out;
    append_offer(out, coupon);
    return out;
}

std::string write_offer_page(const repository::Page<Coupon>& page, const std::string& next) {
    return write_page(page.rows, next, append_offer);
}

}  // namespace dibs::controller
