#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rehearsal/answer_body.h"
#include "rehearsal/crowd_options.h"
#include "rehearsal/crowd_result.h"

namespace dibs::rehearsal {

/// What an audit looks for, the gravest first.
enum class Check : std::uint8_t {
    oversold,             ///< More were issued than there were.
    lost,                 ///< Acknowledged with a 201, but not stored.
    over_limit,           ///< A user got more than the limit per user.
    shared_registration,  ///< One registration was given out twice.
    shared_rank,          ///< Two registrations have the same rank.
    rank_gap,             ///< A rank that nobody has, and no unknown request explains.
    stored_differently,   ///< Stored, but not as it was acknowledged.
    unexplained,          ///< Stored for a user who was told something else.
    replay_differs,       ///< The same user and key got two different answers.
    out_of_order,  ///< A later rank with an earlier place in the stream, or time at the same node.
    overtaken,     ///< Asked after another had its answer, and was still ranked before it.
    unreadable,    ///< A 201 that is no registration of this coupon.
};

[[nodiscard]] std::string_view name_of(Check check);

/// One row that breaks a rule; what does not apply is empty or 0.
struct Finding {
    std::string user;
    std::string registration_id;
    std::int64_t rank = 0;
    std::string what;  ///< A sentence for people.
};

/// What became of a check.
struct CheckResult {
    Check check;
    bool was_made = true;           ///< False: what it needs was not there.
    std::vector<Finding> findings;  ///< Empty: it holds.
};

/// What the audit takes as given.
struct AuditTerms {
    std::int64_t coupon_id = 0;
    std::int64_t limit_per_user = 1;
    /// How many may be issued in all, those before the crowd included. Nothing: not known, or it
    /// was changed meanwhile.
    std::optional<std::int64_t> stock;
    /// The last rank given before the crowd came.
    std::int64_t issued_before = 0;
    /// Set if others ask for the coupon at the same time: says who belongs to the crowd.
    std::function<bool(std::string_view user)> is_of_crowd;
    /// Whether a node's times of registration come from one clock that nobody sets.
    bool has_one_clock = true;
};

/// What the service says afterwards. Each may be left empty; then what needs it is not checked.
struct StoredBooks {
    /// A user's own listing, all pages; the items need not name the user.
    std::function<base::Result<std::vector<ListedRegistration>>(std::string_view user)> of_user;
    /// The operators' list of the coupon's registrations, all of them; the items name the user.
    std::function<base::Result<std::vector<ListedRegistration>>()> of_coupon;
    std::function<base::Result<StockBody>()> stock;
};

/// The verdict.
struct AuditReport {
    std::uint64_t acknowledged = 0;       ///< Different registrations that were given out.
    std::uint64_t replayed = 0;           ///< Answers that repeated one of them.
    std::uint64_t unknown = 0;            ///< Requests that may have been done.
    std::optional<std::uint64_t> stored;  ///< Registrations in the books that were looked at.
    std::vector<CheckResult> checks;      ///< One of each `Check`, in their order.
    /// Why the books that were asked for could not be read, so that the answers were held against
    /// each other alone. Empty: they were read, or nobody asked for them.
    std::string books_unread;

    /// Whether every promise was seen to hold: nothing was found, in answers or in books.
    [[nodiscard]] bool is_clean() const;
    [[nodiscard]] const CheckResult& of(Check check) const;
};

/// Judges what the crowd was told, by itself. Shares nothing with the service but what its answers
/// say. Needs time and memory in proportion to the answers.
[[nodiscard]] AuditReport audit(const CrowdResult& result, const AuditTerms& terms);

/// The same, and compares it with what the service says afterwards; call it when the service is at
/// rest. Without `of_coupon` it looks up the users who were given something or whose requests'
/// outcome is unknown. Fails: as the books do.
[[nodiscard]] base::Result<AuditReport> audit(const CrowdResult& result, const AuditTerms& terms,
                                              const StoredBooks& books);

/// Says whether a user's name is one of this crowd's; for `AuditTerms`.
[[nodiscard]] std::function<bool(std::string_view)> members_of(const CrowdOptions& options);

}  // namespace dibs::rehearsal
