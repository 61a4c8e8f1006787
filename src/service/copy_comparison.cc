#include "service/copy_comparison.h"

#include <fmt/format.h>

#include <string_view>

#include "service/store_rows.h"

// The target drives: coupon by coupon, each of its rows must stand in the source as well, at the
// same place of the same order. Whatever the source has beyond that is still to be copied.

namespace dibs::service {

using base::Failure;
using base::FailureKind;
using base::Result;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::InventoryKind;
using domain::RegisteredCoupon;
using domain::RegistrationStatus;
using domain::Sequence;
using repository::AuditSnapshot;
using repository::CompactionRun;
using repository::TermsInForce;

namespace {

Failure no_copy(std::string_view what) {
    return {FailureKind::refused,
            fmt::format("the target is neither empty nor an unfinished copy of this source ({}): "
                        "name another one",
                        what)};
}

Failure no_copy(std::string_view table, CouponId coupon_id) {
    return no_copy(fmt::format("its {} of coupon {} differ", table, coupon_id.value));
}

/// Walks a coupon's rows of one table: all that the target has must be what the source begins with.
/// Gives how many those are.
template <typename Row, typename IsSame>
Result<std::int64_t> compare_rows(RowStream<Row>& source, RowStream<Row>& target,
                                  CouponId coupon_id, std::string_view table, IsSame is_same) {
    if (auto done = source.skip_to(coupon_id); !done) return done.failure();
    std::int64_t count = 0;
    while (target.is_at(coupon_id)) {
        if (!source.is_at(coupon_id) || !is_same(*source.front(), *target.front())) {
            return no_copy(table, coupon_id);
        }
        ++count;
        if (auto done = source.advance(); !done) return done.failure();
        if (auto done = target.advance(); !done) return done.failure();
    }
    return count;
}

/// A coupon that was taken back since then is the same one.
bool is_same_registration(const RegisteredCoupon& source, RegisteredCoupon target) {
    if (target.status == RegistrationStatus::active) target.status = source.status;
    return source == target;
}

/// What is announced may have changed since then; this may not.
bool is_same_coupon(const CouponTerms& source, const CouponTerms& target) {
    return source.id == target.id && source.created_at == target.created_at &&
           source.limit_per_user == target.limit_per_user;
}

/// How far it came may have changed since then; this may not.
bool is_same_run(const CompactionRun& source, const CompactionRun& target) {
    return source.run == target.run && source.until == target.until &&
           source.trigger == target.trigger && source.started_at == target.started_at;
}

// The guards hold each live event against the history, which is compared; so only the places of the
// live ones matter here. The source may have folded more since then, never less.
Result<void> mark_live(RowStream<CouponInventory>& source, RowStream<CouponInventory>& target,
                       CouponId coupon_id, CopyMark& mark) {
    if (auto done = source.skip_to(coupon_id); !done) return done;
    Sequence source_folded;
    if (source.is_at(coupon_id) && source.front()->kind == InventoryKind::cumulative) {
        source_folded = source.front()->sequence;
    }
    while (target.is_at(coupon_id)) {
        const CouponInventory& event = *target.front();
        if (event.kind == InventoryKind::cumulative) mark.folded = event.sequence;
        mark.live_head = event.sequence;
        if (auto done = target.advance(); !done) return done;
    }
    if (mark.folded > source_folded) return no_copy("live events", coupon_id);
    return {};
}

Result<CopyMark> compare_coupon(StoreRows& source, StoreRows& target, CouponId coupon_id) {
    CopyMark mark;
    const auto terms =
        compare_rows(source.terms, target.terms, coupon_id, "terms", std::equal_to<TermsInForce>());
    if (!terms) return terms.failure();
    mark.terms_count = *terms;
    const auto history = compare_rows(source.history, target.history, coupon_id, "events",
                                      [&](const auto& original, const auto& copied) {
                                          mark.head = copied.sequence;
                                          return original == copied;
                                      });
    if (!history) return history.failure();
    const auto registered =
        compare_rows(source.registrations, target.registrations, coupon_id, "registrations",
                     [&](const auto& original, const auto& copied) {
                         mark.registered = copied.sequence;
                         return is_same_registration(original, copied);
                     });
    if (!registered) return registered.failure();
    if (auto done = mark_live(source.live, target.live, coupon_id, mark); !done)
        return done.failure();
    return mark;
}

bool is_empty(const StoreRows& rows) {
    return !rows.coupons.front() && !rows.history.front() && !rows.registrations.front() &&
           !rows.live.front();
}

Result<void> compare_runs(AuditSnapshot& source, AuditSnapshot& target) {
    auto source_runs = source.compactions();
    if (!source_runs) return source_runs.failure();
    auto target_runs = target.compactions();
    if (!target_runs) return target_runs.failure();
    while (true) {
        const auto copied = (*target_runs)->next();
        if (!copied) return copied.failure();
        if (!*copied) return {};
        const auto original = (*source_runs)->next();
        if (!original) return original.failure();
        if (!*original || !is_same_run(**original, **copied)) {
            return no_copy(fmt::format("its compaction {} differs", (*copied)->run));
        }
    }
}

}  // namespace

Result<CopyMarks> find_copied(AuditSnapshot& source, AuditSnapshot& target) {
    if (auto done = compare_runs(source, target); !done) return done.failure();
    auto target_rows = StoreRows::open(target);
    if (!target_rows) return target_rows.failure();
    // Nothing was copied, so there is nothing to read the source for.
    if (is_empty(*target_rows)) return CopyMarks();
    auto source_rows = StoreRows::open(source);
    if (!source_rows) return source_rows.failure();
    CopyMarks marks;
    while (target_rows->coupons.front()) {
        const CouponId coupon_id = target_rows->coupons.front()->id;
        const auto coupon = compare_rows(source_rows->coupons, target_rows->coupons, coupon_id,
                                         "terms", is_same_coupon);
        if (!coupon) return coupon.failure();
        auto mark = compare_coupon(*source_rows, *target_rows, coupon_id);
        if (!mark) return mark.failure();
        marks.emplace(coupon_id, *mark);
    }
    // Whatever is left belongs to a coupon that the target itself doesn't have.
    if (!is_empty(*target_rows)) {
        return no_copy("it has rows of a coupon that it has not");
    }
    return marks;
}

}  // namespace dibs::service
