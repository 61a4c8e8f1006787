#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "base/result.h"
#include "repository/snapshot_rows.h"

namespace dibs::service {

using repository::coupon_of;

/// A cursor that shows its next row before taking it, so that several tables can be walked side by
/// side, coupon by coupon. Fails as the cursor.
template <typename Row>
class RowStream {
public:
    [[nodiscard]] static base::Result<RowStream> start(
        base::Result<std::unique_ptr<repository::Cursor<Row>>> cursor) {
        if (!cursor) return cursor.failure();
        RowStream rows(*std::move(cursor));
        if (auto done = rows.advance(); !done) return done.failure();
        return rows;
    }

    /// The next row; nothing after the last.
    [[nodiscard]] const std::optional<Row>& front() const { return front_; }

    [[nodiscard]] bool is_at(domain::CouponId coupon_id) const {
        return front_ && coupon_of(*front_) == coupon_id;
    }

    [[nodiscard]] base::Result<void> advance() {
        auto next = cursor_->next();
        if (!next) return next.failure();
        front_ = *std::move(next);
        return {};
    }

    /// Passes by what other coupons have before this one.
    [[nodiscard]] base::Result<void> skip_to(domain::CouponId coupon_id) {
        while (front_ && coupon_of(*front_) < coupon_id) {
            if (auto done = advance(); !done) return done;
        }
        return {};
    }

private:
    explicit RowStream(std::unique_ptr<repository::Cursor<Row>> cursor)
        : cursor_(std::move(cursor)) {}

    std::unique_ptr<repository::Cursor<Row>> cursor_;
    std::optional<Row> front_;
};

}  // namespace dibs::service
