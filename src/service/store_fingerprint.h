#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "repository/audit_snapshot.h"

namespace dibs::service {

/// What a coupon's books come to, and a SHA-256 over every row that there is of it, in order.
struct CouponFingerprint {
    std::string name;
    domain::Balance balance;  ///< What the history folds to.
    std::int64_t live_event_count = 0;
    std::int64_t registration_count = 0;
    std::string sha256;  ///< In hexadecimal digits.
    bool operator==(const CouponFingerprint&) const = default;
};

/// What two stores are held against each other by: they have the same rows if, and only if, these
/// are equal.
struct StoreFingerprint {
    std::map<domain::CouponId, CouponFingerprint> coupons;
    std::string compactions_sha256;  ///< Over the record of the folds.
    bool operator==(const StoreFingerprint&) const = default;
};

/// Reads every row of a store, whatever kind of store it is. Memory grows with the coupons alone.
/// Fails: unavailable, corrupted.
[[nodiscard]] base::Result<StoreFingerprint> fingerprint_of(repository::AuditSnapshot& snapshot);

/// A SHA-256 over where a store stands: what is announced, the live events, the record of the
/// folds. Whatever is written to a store changes it, and it costs a part of what reading all does.
/// Fails: unavailable, corrupted.
[[nodiscard]] base::Result<std::string> position_of(repository::AuditSnapshot& snapshot);

}  // namespace dibs::service
