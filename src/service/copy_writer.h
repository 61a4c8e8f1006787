#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"
#include "repository/store_import.h"

namespace dibs::service {

/// Brings rows into a store in portions of some thousand, each durable as a whole. It keeps the
/// order in which the store's guards want to see them, as long as each coupon's come in the order
/// that `ImportPortion` names. Fails as `ImportPortion`; then nothing more may be asked of it.
class CopyWriter {
public:
    /// `told` is called after each portion with how many rows were brought in by now.
    CopyWriter(repository::StoreImport& target, std::int64_t portion_rows_max,
               std::function<void(std::int64_t)> told)
        : target_(target), portion_rows_max_(portion_rows_max), told_(std::move(told)) {}

    /// Announces a coupon. Its first terms come into the same portion, if they come next.
    [[nodiscard]] base::Result<void> put_coupon(const domain::CouponTerms& coupon);
    [[nodiscard]] base::Result<void> add_terms(const repository::TermsInForce& version,
                                               std::int64_t number);
    [[nodiscard]] base::Result<void> add_history(const domain::CouponInventoryHistory& event);
    [[nodiscard]] base::Result<void> add_registered(const domain::RegisteredCoupon& registered);
    [[nodiscard]] base::Result<void> mark_returned(const domain::RegisteredCoupon& registered);
    [[nodiscard]] base::Result<void> add_live(const domain::CouponInventory& event);
    [[nodiscard]] base::Result<void> fold_live(const domain::CouponInventory& cumulative);

    /// The record of the folds, in a portion with whatever came before it.
    [[nodiscard]] base::Result<void> put_compactions(
        const std::vector<repository::CompactionRun>& runs,
        const std::vector<repository::CompactionPoint>& points);

    /// Makes the last portion durable, and with it the copy a finished one.
    [[nodiscard]] base::Result<void> finish();

    /// Events, registrations and live events that were brought in.
    [[nodiscard]] std::int64_t row_count() const { return row_count_; }

private:
    /// For one more row: ends the portion if it is full.
    [[nodiscard]] base::Result<void> make_room();
    [[nodiscard]] base::Result<void> begin_if_needed();
    [[nodiscard]] base::Result<void> end_portion(bool is_last);
    /// Hands over the rows that were collected, in the order of the guards.
    [[nodiscard]] base::Result<void> flush();

    repository::StoreImport& target_;
    const std::int64_t portion_rows_max_;
    const std::function<void(std::int64_t)> told_;
    std::unique_ptr<repository::ImportPortion> portion_;
    bool is_marked_ = false;  ///< Whether the target is known as an unfinished copy.
    std::int64_t portion_row_count_ = 0;
    std::int64_t row_count_ = 0;
    std::vector<domain::CouponInventoryHistory> history_;
    std::vector<domain::RegisteredCoupon> registered_;
    std::vector<domain::CouponInventory> live_;
};

}  // namespace dibs::service
