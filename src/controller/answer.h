#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "base/failure.h"
#include "domain/coupon_create.h"
#include "domain/issue_outcome.h"
#include "http/message.h"
#include "http/problem.h"

// The one table that says what a customer is told: outcome or failure to status and problem.

namespace dibs::controller {

/// The problem that a refusal is told as. Not for `issued` and `replayed`, which are no problems.
[[nodiscard]] http::Problem problem_of(domain::IssueOutcome outcome);

/// The problem that a failure is told as.
[[nodiscard]] http::Problem problem_of(const base::Failure& failure);

/// A response for a failure, with Retry-After where trying again helps, and a note for the log.
[[nodiscard]] http::Response answer_of(const base::Failure& failure);

/// The same for a request for a coupon, which may be repeated whatever became of it.
[[nodiscard]] http::Response answer_of_issue(const base::Failure& failure);

/// 400 `invalid-request`, naming the field.
[[nodiscard]] http::Response invalid_request(const domain::InvalidField& invalid);

/// The problem with this code, which must stand in `problem_kinds`.
[[nodiscard]] http::Response problem(std::string_view code, std::string detail);
[[nodiscard]] http::Response coupon_not_found();

/// 429 `rate-limited`, with Retry-After and the RateLimit fields.
[[nodiscard]] http::Response rate_limited(std::chrono::milliseconds wait, int limit_per_second);

/// A response with a JSON body.
[[nodiscard]] http::Response json(unsigned status, std::string body);

/// Every code that a problem of this service can have, with its title: for `/problems/{code}` and
/// for documents that must not miss one.
struct ProblemKind {
    unsigned status;
    std::string_view code;
    std::string_view title;
    std::string_view help;  ///< What to do about it, in a sentence.
};
[[nodiscard]] std::span<const ProblemKind> problem_kinds();

}  // namespace dibs::controller
