#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "repository/audit_snapshot.h"

namespace dibs::repository {

/// Rows that come into a store as they stand in another one, in one transaction.
///
/// They go past the store's guards like everybody's: what a guard says no to can't be brought in.
/// So each coupon's rows come in the order in which they came about: the coupon, then its events
/// with each version of its terms between those that it stands between, then who is registered for
/// them, then what is live. Coupons may come side by side.
///
/// Destroyed without a commit, it leaves no trace. Belongs to the thread that began it. A store may
/// put the writing off until the commit; then that is where it fails. Everything here fails with
/// unavailable, refused (a key, a CHECK or a trigger said no), conflict or corrupted.
class ImportPortion {
public:
    virtual ~ImportPortion() = default;

    /// Announces a coupon, or changes what is announced of it.
    [[nodiscard]] virtual base::Result<void> put_coupon(const domain::CouponTerms& coupon) = 0;

    /// The next version of a coupon's terms; `after` must be the head of its stream by now.
    [[nodiscard]] virtual base::Result<void> add_terms(const TermsInForce& version,
                                                       std::int64_t number) = 0;

    /// Appends to the history alone. Events of several coupons may be mixed.
    [[nodiscard]] virtual base::Result<void> add_history(
        std::span<const domain::CouponInventoryHistory> events) = 0;

    /// Keeps who holds, or held, what.
    [[nodiscard]] virtual base::Result<void> add_registered(
        std::span<const domain::RegisteredCoupon> registered) = 0;

    /// Says that a registered coupon that is there already was taken back.
    [[nodiscard]] virtual base::Result<void> mark_returned(
        const domain::RegisteredCoupon& registered) = 0;

    /// Puts events that the history has at the head of the live inventory; no cumulative ones.
    [[nodiscard]] virtual base::Result<void> add_live(
        std::span<const domain::CouponInventory> events) = 0;

    /// Puts a cumulative event in the stead of all live events up to its place. As in a fold, the
    /// event that the history has there is live first, and goes once the cumulative one stands
    /// for it.
    [[nodiscard]] virtual base::Result<void> fold_live(
        const domain::CouponInventory& cumulative) = 0;

    /// Records a run of the compaction, or how far it has come. By number; the one under way last.
    [[nodiscard]] virtual base::Result<void> put_compaction(const CompactionRun& run) = 0;

    /// Replaces what is written down of the run under way: how far each stream is folded in it.
    [[nodiscard]] virtual base::Result<void> put_compaction_points(
        std::int64_t run, std::span<const CompactionPoint> points) = 0;

    /// Marks the store as one that a copy into it is not finished of, or takes the mark away. Who
    /// opens a store to serve it refuses one that is marked.
    [[nodiscard]] virtual base::Result<void> mark_unfinished(bool is_unfinished) = 0;

    /// Makes all of it durable, or none; where a store is several servers, of each coupon all or
    /// none. Fails also with in_doubt: look at what is there.
    [[nodiscard]] virtual base::Result<void> commit() = 0;
};

/// A store that takes in another one's rows. Belongs to one thread.
class StoreImport {
public:
    virtual ~StoreImport() = default;

    /// Fails: unavailable.
    [[nodiscard]] virtual base::Result<std::unique_ptr<ImportPortion>> begin() = 0;

    /// What is there now. On an embedded store it holds the log up: drop it before much is written.
    /// Fails: unavailable.
    [[nodiscard]] virtual base::Result<std::unique_ptr<AuditSnapshot>> open_snapshot() = 0;
};

}  // namespace dibs::repository
