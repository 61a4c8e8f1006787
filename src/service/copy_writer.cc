#include "service/copy_writer.h"

namespace dibs::service {

using base::Result;
using domain::CouponInventory;
using domain::CouponInventoryHistory;
using domain::CouponTerms;
using domain::RegisteredCoupon;
using repository::CompactionPoint;
using repository::CompactionRun;
using repository::TermsInForce;

// A portion ends before a coupon or before one of its rows, never between a coupon and its first
// terms: whoever looked at a coupon without terms could not tell it from one with them.
Result<void> CopyWriter::make_room() {
    if (portion_row_count_ >= portion_rows_max_) {
        if (auto done = end_portion(false); !done) return done;
    }
    ++portion_row_count_;
    return begin_if_needed();
}

Result<void> CopyWriter::begin_if_needed() {
    if (portion_) return {};
    auto portion = target_.begin();
    if (!portion) return portion.failure();
    portion_ = *std::move(portion);
    return {};
}

Result<void> CopyWriter::flush() {
    if (auto done = begin_if_needed(); !done) return done;
    if (auto done = portion_->add_history(history_); !done) return done;
    if (auto done = portion_->add_registered(registered_); !done) return done;
    if (auto done = portion_->add_live(live_); !done) return done;
    history_.clear();
    registered_.clear();
    live_.clear();
    return {};
}

Result<void> CopyWriter::put_coupon(const CouponTerms& coupon) {
    if (auto done = make_room(); !done) return done;
    return portion_->put_coupon(coupon);
}

Result<void> CopyWriter::add_terms(const TermsInForce& version, std::int64_t number) {
    // They follow the event that they stand after.
    if (auto done = flush(); !done) return done;
    ++portion_row_count_;
    return portion_->add_terms(version, number);
}

Result<void> CopyWriter::add_history(const CouponInventoryHistory& event) {
    if (auto done = make_room(); !done) return done;
    history_.push_back(event);
    ++row_count_;
    return {};
}

Result<void> CopyWriter::add_registered(const RegisteredCoupon& registered) {
    if (auto done = make_room(); !done) return done;
    registered_.push_back(registered);
    ++row_count_;
    return {};
}

Result<void> CopyWriter::mark_returned(const RegisteredCoupon& registered) {
    if (auto done = make_room(); !done) return done;
    return portion_->mark_returned(registered);
}

Result<void> CopyWriter::add_live(const CouponInventory& event) {
    if (auto done = make_room(); !done) return done;
    live_.push_back(event);
    ++row_count_;
    return {};
}

Result<void> CopyWriter::fold_live(const CouponInventory& cumulative) {
    if (auto done = make_room(); !done) return done;
    if (auto done = flush(); !done) return done;
    ++row_count_;
    return portion_->fold_live(cumulative);
}

Result<void> CopyWriter::put_compactions(const std::vector<CompactionRun>& runs,
                                         const std::vector<CompactionPoint>& points) {
    if (auto done = flush(); !done) return done;
    for (const CompactionRun& run : runs) {
        if (auto done = portion_->put_compaction(run); !done) return done;
    }
    return portion_->put_compaction_points(runs.empty() ? 0 : runs.back().run, points);
}

Result<void> CopyWriter::finish() {
    return end_portion(true);
}

// The mark comes with the first portion and goes with the last. It goes even where this copy has
// set none, since an earlier one may have.
Result<void> CopyWriter::end_portion(bool is_last) {
    if (auto done = flush(); !done) return done;
    if (is_last || !is_marked_) {
        if (auto done = portion_->mark_unfinished(!is_last); !done) return done;
        is_marked_ = !is_last;
    }
    if (auto done = portion_->commit(); !done) return done;
    portion_.reset();
    portion_row_count_ = 0;
    told_(row_count_);
    return {};
}

}  // namespace dibs::service
