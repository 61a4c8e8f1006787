#include "service/copy_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "service/copy_comparison.h"
#include "service/copy_writer.h"
#include "service/store_rows.h"

// The source's tables are read side by side, coupon by coupon. What a mark says is there already is
// passed by; no other record of the progress is needed than the target itself.

namespace dibs::service {

using base::Result;
using domain::CouponId;
using domain::CouponInventory;
using domain::CouponTerms;
using domain::InventoryKind;
using domain::RegisteredCoupon;
using domain::RegistrationStatus;
using repository::AuditSnapshot;
using repository::CompactionPoint;
using repository::CompactionRun;
using repository::Cursor;
using repository::StoreImport;

namespace {

/// One copy: the source's tables, how far each coupon was copied before, and who writes.
class Copying {
public:
    Copying(StoreRows tables, CopyMarks marks, StoreImport& target,
            const std::function<void(const CopyProgress&)>& tell, std::int64_t portion_rows_max)
        : tables_(std::move(tables)),
          marks_(std::move(marks)),
          writer_(target, portion_rows_max, [this, &tell](std::int64_t copied_row_count) {
              progress_.copied_row_count = copied_row_count;
              tell(progress_);
          }) {}
    Copying(const Copying&) = delete;  // The writer tells this one.
    Copying& operator=(const Copying&) = delete;

    Result<CopyProgress> run(AuditSnapshot& source);

private:
    Result<void> copy_coupon(const CouponTerms& coupon);
    Result<void> copy_stream(CouponId coupon_id, const CopyMark& mark);
    Result<void> copy_registrations(CouponId coupon_id, const CopyMark& mark);
    Result<void> copy_live_events(CouponId coupon_id, const CopyMark& mark);
    Result<void> copy_compactions(AuditSnapshot& source);

    StoreRows tables_;
    const CopyMarks marks_;
    CopyProgress progress_;
    CopyWriter writer_;
};

Result<CopyProgress> Copying::run(AuditSnapshot& source) {
    while (tables_.coupons.front()) {
        if (auto done = copy_coupon(*tables_.coupons.front()); !done) return done.failure();
        ++progress_.coupon_count;
        if (auto done = tables_.coupons.advance(); !done) return done.failure();
    }
    // Last, so that no unfinished copy has a run that somebody could go on with.
    if (auto done = copy_compactions(source); !done) return done.failure();
    if (auto done = writer_.finish(); !done) return done.failure();
    return progress_;
}

Result<void> Copying::copy_coupon(const CouponTerms& coupon) {
    const auto found = marks_.find(coupon.id);
    const CopyMark mark = found == marks_.end() ? CopyMark{} : found->second;
    if (auto done = writer_.put_coupon(coupon); !done) return done;
    if (auto done = copy_stream(coupon.id, mark); !done) return done;
    if (auto done = copy_registrations(coupon.id, mark); !done) return done;
    return copy_live_events(coupon.id, mark);
}

/// The events, and each version of the terms before the first event that it was in force for.
Result<void> Copying::copy_stream(CouponId coupon_id, const CopyMark& mark) {
    auto& terms = tables_.terms;
    auto& history = tables_.history;
    std::int64_t version = 0;
    while (terms.is_at(coupon_id) || history.is_at(coupon_id)) {
        const bool are_terms_next =
            terms.is_at(coupon_id) &&
            (!history.is_at(coupon_id) || terms.front()->after < history.front()->sequence);
        if (are_terms_next) {
            ++version;
            if (version > mark.terms_count) {
                auto done = writer_.add_terms(*terms.front(), version);
                if (!done) return done;
            }
            if (auto done = terms.advance(); !done) return done;
            continue;
        }
        ++progress_.row_count;
        if (history.front()->sequence > mark.head) {
            if (auto done = writer_.add_history(*history.front()); !done) return done;
        }
        if (auto done = history.advance(); !done) return done;
    }
    return {};
}

Result<void> Copying::copy_registrations(CouponId coupon_id, const CopyMark& mark) {
    while (tables_.registrations.is_at(coupon_id)) {
        const RegisteredCoupon& registered = *tables_.registrations.front();
        ++progress_.row_count;
        Result<void> done;
        if (registered.sequence > mark.registered) {
            done = writer_.add_registered(registered);
        } else if (registered.status == RegistrationStatus::returned) {
            done = writer_.mark_returned(registered);  // Maybe since it was copied.
        }
        if (!done) return done;
        if (done = tables_.registrations.advance(); !done) return done;
    }
    return {};
}

Result<void> Copying::copy_live_events(CouponId coupon_id, const CopyMark& mark) {
    while (tables_.live.is_at(coupon_id)) {
        const CouponInventory& event = *tables_.live.front();
        ++progress_.row_count;
        Result<void> done;
        if (event.kind == InventoryKind::cumulative) {
            if (event.sequence > mark.folded) done = writer_.fold_live(event);
        } else if (event.sequence > mark.live_head) {
            done = writer_.add_live(event);
        }
        if (!done) return done;
        if (done = tables_.live.advance(); !done) return done;
    }
    return {};
}

template <typename Row>
Result<std::vector<Row>> read_all(Result<std::unique_ptr<Cursor<Row>>> cursor) {
    std::vector<Row> rows;
    auto done = for_each_row(std::move(cursor), [&](Row row) { rows.push_back(std::move(row)); });
    if (!done) return done.failure();
    return rows;
}

Result<void> Copying::copy_compactions(AuditSnapshot& source) {
    const auto runs = read_all<CompactionRun>(source.compactions());
    if (!runs) return runs.failure();
    const auto points = read_all<CompactionPoint>(source.compaction_points());
    if (!points) return points.failure();
    return writer_.put_compactions(*runs, *points);
}

}  // namespace

Result<CopyProgress> copy_store(AuditSnapshot& source, StoreImport& target,
                                const std::function<void(const CopyProgress&)>& tell,
                                std::int64_t portion_rows_max) {
    CopyMarks marks;
    {
        const auto before = target.open_snapshot();
        if (!before) return before.failure();
        auto found = find_copied(source, **before);
        if (!found) return found.failure();
        marks = *std::move(found);
    }
    auto tables = StoreRows::open(source);
    if (!tables) return tables.failure();
    Copying copying(*std::move(tables), std::move(marks), target, tell, portion_rows_max);
    return copying.run(source);
}

}  // namespace dibs::service
