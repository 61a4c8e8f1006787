#include "controller/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/ensure.h"
#include "base/log.h"

namespace dibs::controller {

using base::Failure;
using base::FailureKind;
using domain::IssueOutcome;
using http::Problem;
using http::Response;

namespace {

// What http/ answers by itself stands here too, with the titles that it has there: a problem's type
// has one title (RFC 9457 section 3.1.3).
constexpr auto known_problems = std::to_array<ProblemKind>({
    {400, "invalid-request", "A field is not as it should be",
     "Mend the field that the detail names."},
    {400, "coupon-sold-out", "Nothing is left",
     "None of this coupon is left; a restock would open it again."},
    {400, "coupon-not-started", "Too early", "Ask again once the coupon's window has opened."},
    {400, "coupon-ended", "Too late", "The coupon's window has closed."},
    {400, "malformed-request", "Malformed request", "Send what RFC 9112 describes."},
    {401, "unauthenticated", "Who is asking?", "Send credentials that are valid now."},
    {403, "forbidden", "Not for this caller", "Send credentials with the scope coupons:admin."},
    {404, "not-found", "Not found", "Look the path up in the reference."},
    {404, "coupon-not-found", "No such coupon", "Look the coupon's id up in the listing."},
    {404, "registration-not-found", "No such registered coupon",
     "It isn't there, or it is somebody else's."},
    {404, "compaction-not-found", "No such run", "Look the run up in the listing."},
    {404, "event-not-found", "No such event", "Look the event up in the history."},
    {405, "method-not-allowed", "Method not allowed", "Use one of the methods in Allow."},
    {408, "request-timeout", "Request timeout", "Send it again."},
    {409, "coupon-already-registered", "Already yours", "The items are what you hold."},
    {409, "stock-below-zero", "More than is left", "Take off no more than remains."},
    {409, "already-returned", "Returned before", "A registered coupon is taken back once."},
    {413, "payload-too-large", "Payload too large", "Send less."},
    {414, "uri-too-long", "URI too long", "Send a shorter one."},
    {417, "expectation-failed", "Expectation failed", "Expect 100-continue, or nothing."},
    {429, "rate-limited", "Too many requests from this user", "Wait as long as Retry-After says."},
    {431, "header-too-large", "Header too large", "Send fewer or shorter fields."},
    {500, "internal-error", "Internal error",
     "Send the request again; if it persists, tell the operators."},
    {501, "not-implemented", "Not implemented", "Frame the body with Content-Length."},
    {503, "overloaded", "Overloaded", "Nothing was done. Send it again after Retry-After."},
    {503, "store-unavailable", "The store does not answer",
     "Nothing was done. Send it again after Retry-After."},
    {503, "outcome-unknown", "The outcome is not known",
     "A request for a coupon is safe to repeat; an operator looks at the books first."},
    {503, "shutting-down", "On the way out", "Nothing was done. Send it again after Retry-After."},
    {505, "http-version-not-supported", "HTTP version not supported", "Speak HTTP/1.1."},
});

// choice: a second is longer than a full line takes to pass, and short enough to still want the
// coupon.
constexpr std::string_view retry_after_seconds = "1";

Problem problem_with(std::string_view code, std::string detail) {
    const auto found = std::ranges::find(known_problems, code, &ProblemKind::code);
    base::ensure(found != known_problems.end(), "every problem's code stands in the table");
    return Problem{found->status, found->code, found->title, std::move(detail)};
}

}  // namespace

std::span<const ProblemKind> problem_kinds() {
    return known_problems;
}

Problem problem_of(IssueOutcome outcome) {
    switch (outcome) {
        case IssueOutcome::coupon_not_found:
            return problem_with(name_of(outcome), "There is no coupon with this id.");
        case IssueOutcome::already_registered:
            return problem_with(name_of(outcome),
                                "You hold as many of this coupon as one user may.");
        case IssueOutcome::sold_out:
            return problem_with(name_of(outcome), "There is none of this coupon left.");
        case IssueOutcome::not_started:
            return problem_with(name_of(outcome), "This coupon can't be had yet.");
        case IssueOutcome::ended:
            return problem_with(name_of(outcome), "This coupon can't be had any more.");
        case IssueOutcome::replayed:
        case IssueOutcome::issued: break;
    }
    base::ensure(false, "an issued coupon is no problem");
    return problem_with("internal-error", "");
}

Problem problem_of(const Failure& failure) {
    switch (failure.kind) {
        case FailureKind::unavailable:
        case FailureKind::conflict:
            return problem_with("store-unavailable", "Nothing was written. Please try again.");
        case FailureKind::overloaded:
            return problem_with("overloaded",
                                "As many requests are waiting as may. Please try again.");
        case FailureKind::expired:
            return problem_with("overloaded",
                                "The request waited longer than it may; nothing was written.");
        case FailureKind::stopping:
            return problem_with("shutting-down", "This server takes no more requests.");
        case FailureKind::in_doubt:
            return problem_with(
                "outcome-unknown",
                "The store broke off while it was writing. Look at what it has before you repeat.");
        case FailureKind::refused:
        case FailureKind::corrupted:
        case FailureKind::invalid:
            return problem_with("internal-error", "The request could not be carried out.");
    }
    return problem_with("internal-error", "The request could not be carried out.");
}

Response answer_of(const Failure& failure) {
    const Problem problem = problem_of(failure);
    Response response = http::to_response(problem);
    response.note = fmt::format("{}: {}", name_of(failure.kind), failure.what);
    if (problem.status == 503) {
        response.fields.push_back({"Retry-After", std::string(retry_after_seconds)});
    }
    return response;
}

Response answer_of_issue(const Failure& failure) {
    if (failure.kind != FailureKind::in_doubt) return answer_of(failure);
    Response response = answer_of(failure);
    response.body = http::to_response(problem_with("outcome-unknown",
                                                   "The store broke off while it was writing. "
                                                   "Repeating the request is safe."))
                        .body;
    return response;
}

Response invalid_request(const domain::InvalidField& invalid) {
    const Problem problem =
        problem_with("invalid-request", fmt::format("{}: {}", invalid.field, invalid.expected));
    Response response = http::to_response(problem);
    std::string body = http::open_problem_json(problem);
    body += R"(,"field":)";
    base::log::append_json_string(body, invalid.field);
    body += '}';
    response.body = std::move(body);
    return response;
}

Response problem(std::string_view code, std::string detail) {
    return http::to_response(problem_with(code, std::move(detail)));
}

Response coupon_not_found() {
    return http::to_response(problem_of(IssueOutcome::coupon_not_found));
}

// The fields' form: draft-ietf-httpapi-ratelimit-headers-08, sections 3 and 4.
Response rate_limited(std::chrono::milliseconds wait, int limit_per_second) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    Response response = http::to_response(problem_with(
        "rate-limited", fmt::format("More than {} requests a second.", limit_per_second)));
    response.fields.push_back({"Retry-After", std::to_string(seconds)});
    response.fields.push_back(
        {"RateLimit-Policy", fmt::format(R"("user";q={};w=1)", limit_per_second)});
    response.fields.push_back({"RateLimit", fmt::format(R"("user";r=0;t={})", seconds)});
    return response;
}

Response json(unsigned status, std::string body) {
    Response response;
    response.status = status;
    response.content_type = "application/json";
    response.body = std::move(body);
    return response;
}

}  // namespace dibs::controller
