#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "domain/coupon.h"
#include "repository/compaction_repository.h"

namespace dibs::repository {

/// Rows one after another, read as they are asked for. Fails: unavailable, corrupted.
template <typename Row>
class Cursor {
public:
    virtual ~Cursor() = default;
    /// The next row; nothing after the last.
    [[nodiscard]] virtual base::Result<std::optional<Row>> next() = 0;
};

/// Terms, and where in the coupon's stream they came into force.
struct TermsInForce {
    domain::CouponTerms terms;
    domain::Sequence after;  ///< In force for every event after this one, until the next terms.
    base::Instant announced_at{};  ///< When this version was written down.
    bool operator==(const TermsInForce&) const = default;
};

/// The whole store at one moment (where it is several servers, each coupon at one moment), for
/// those who check or copy it. It reads and never writes; cursors must not outlive it. Belongs to
/// one thread. On a live store it may be held for minutes: writes go on beside it.
class AuditSnapshot {
public:
    virtual ~AuditSnapshot() = default;

    /// Coupons as they are announced now, by id.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Cursor<domain::CouponTerms>>> coupons() = 0;

    /// Coupons with every version of their terms, by coupon, then by version.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Cursor<TermsInForce>>> terms() = 0;

    /// Live events by coupon, then sequence; at one place the cumulative one last.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Cursor<domain::CouponInventory>>>
    live_events() = 0;

    /// All of history by coupon, then sequence.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Cursor<domain::CouponInventoryHistory>>>
    history() = 0;

    /// All registered coupons by coupon, then sequence.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>>
    registrations() = 0;

    /// All registered coupons by user, then coupon.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Cursor<domain::RegisteredCoupon>>>
    registrations_by_user() = 0;

    /// Every run of the compaction that is on record, by number.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Cursor<CompactionRun>>> compactions() = 0;

    /// How far each stream is folded in the run under way, by coupon.
    [[nodiscard]] virtual base::Result<std::unique_ptr<Cursor<CompactionPoint>>>
    compaction_points() = 0;
};

}  // namespace dibs::repository
