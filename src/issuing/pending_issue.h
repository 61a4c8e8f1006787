#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/coupon.h"

namespace dibs::issuing {

/// What a request for a coupon came to, once it is durable.
struct IssueResult {
    domain::IssueOutcome outcome = domain::IssueOutcome::coupon_not_found;
    /// For `issued` and `replayed` the one registered coupon; for `already_registered` all that the
    /// user holds; else none.
    std::vector<domain::RegisteredCoupon> registered;
    /// The coupon's terms; where it was issued before, those that it was issued under. Null where
    /// there is no coupon, or where the latch answered without looking.
    std::shared_ptr<const domain::CouponTerms> terms;
    /// What is answered with was kept by an earlier commit: for `replayed`, and for `issued` where
    /// an attempt in doubt was found.
    bool was_issued_before = false;
};

/// An answer on its way back to the one who asked.
struct IssueAnswer {
    std::uint64_t ticket = 0;
    base::Result<IssueResult> result;
};

/// Where answers are handed over: one for each thread that asks.
class AnswerDesk {
public:
    virtual ~AnswerDesk() = default;

    /// Takes all of a group's answers for this desk, in one call. Called from a committer's thread;
    /// must not block.
    virtual void take(std::vector<IssueAnswer> answers) = 0;
};

/// A request for a coupon, from the moment when it is whole until it is answered.
struct PendingIssue {
    domain::CouponId coupon_id;
    domain::UserId user_id;
    std::optional<domain::IdempotencyKey> idempotency_key;
    base::SteadyInstant deadline;  ///< Past this it is turned away: before its group is begun, and
                                   ///< between two tries of it.
    AnswerDesk* desk = nullptr;    ///< Outlives the request.
    std::uint64_t ticket = 0;      ///< What the desk knows it by.
    base::Instant arrived_at{};    ///< Stamped by the line, which is what makes it the order, too.
    /// What was written for it in the last commit whose fate is not known; looked for before
    /// deciding again. Where others write, what a look doesn't find counts until a commit has
    /// confirmed the look. Empty: nothing of it can have been kept.
    std::optional<domain::RegisteredCouponCreate> attempted = std::nullopt;
};

}  // namespace dibs::issuing
