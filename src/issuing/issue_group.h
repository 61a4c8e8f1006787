#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "issuing/pending_issue.h"
#include "repository/coupon_repository.h"

namespace dibs::issuing {

/// The requests that are decided and committed together: in their order, coupon by coupon.
///
/// Belongs to one committer's thread, for one transaction.
class IssueGroup {
public:
    /// `requests` must outlive the group.
    explicit IssueGroup(std::span<PendingIssue> requests);

    /// Decides on every request against the open books, in order; later ones see what earlier ones
    /// took. Appends what was decided; commits nothing. Fails: as `Books::open` and
    /// `Books::append`.
    [[nodiscard]] base::Result<void> decide(repository::Books& books);

    /// How a pass failed.
    struct FailedPass {
        /// Whether what was appended may have been kept all the same.
        bool is_in_doubt = false;
        /// Whether what was read is true without a commit after it. So it is where nobody else
        /// writes; a server that can no longer commit may show what is true no more.
        bool is_look_enough = false;
    };
    /// To be called when the pass failed, in `decide` or in the commit. Leaves each request with
    /// the attempt that may have been kept: what was written for it here, if that is in doubt; else
    /// the one that it came with, unless it was looked for and the look is enough.
    void leave_attempts(FailedPass failed);

    /// Whether a commit has to come before anybody is told: of what was decided here, or of an
    /// earlier attempt that was found. That others can see a row does not say yet that it is as
    /// durable as a commit is (on a server, a standby may still be missing).
    [[nodiscard]] bool must_commit() const { return has_found_attempt_ || has_created_; }

    /// Whether somebody is told what the store has or has not of theirs: a coupon that they hold,
    /// or that an attempt of theirs left nothing. Where others write too, a server that can no
    /// longer commit may show what is true no more.
    [[nodiscard]] bool tells_what_is_kept() const { return tells_what_is_kept_; }

    /// Coupons that refused somebody because nothing was left.
    [[nodiscard]] const std::vector<domain::CouponId>& sold_out() const { return sold_out_; }

    /// What each request came to, in the order of the requests. Once.
    [[nodiscard]] std::vector<IssueResult> take_results() { return std::move(results_); }

private:
    [[nodiscard]] base::Result<void> decide_coupon(repository::Books& books,
                                                   domain::CouponId coupon_id,
                                                   std::span<const std::size_t> places);
    [[nodiscard]] IssueResult decide_one(domain::Coupon& coupon, domain::Holdings& holdings,
                                         std::size_t place,
                                         std::vector<domain::RegisteredCouponCreate>& creates);

    std::span<PendingIssue> requests_;
    std::vector<IssueResult> results_;
    std::vector<domain::CouponId> sold_out_;
    bool has_found_attempt_ = false;
    bool tells_what_is_kept_ = false;
    bool has_created_ = false;
    /// Whose attempt is another one than before this pass: the place, and what it was.
    struct Attempt {
        std::size_t place = 0;
        std::optional<domain::RegisteredCouponCreate> before;
    };
    std::vector<Attempt> attempts_;
};

}  // namespace dibs::issuing
