#include "repository/postgres_stream_watch.h"

#include <fmt/format.h>

#include "repository/postgres_plans.h"

namespace dibs::repository {

using base::Result;
using database::PostgresConnection;
using domain::CouponId;

Result<std::vector<CouponId>> PostgresStreamWatch::wait_for_news(
    const std::vector<std::pair<CouponId, domain::Sequence>>& known,
    std::chrono::milliseconds patience) {
    // One for the whole look: what the wait leaves of its time, making a connection may have.
    const base::SteadyInstant wait_end = clock_.steady_now() + patience;
    const base::SteadyInstant deadline = wait_end + answer_time;
    if (auto waited = wait(wait_end, deadline); !waited) return waited.failure();
    if (known.empty()) return std::vector<CouponId>();
    std::vector<std::int64_t> coupons;
    std::vector<std::int64_t> sequences;
    for (const auto& [coupon_id, sequence] : known) {
        coupons.push_back(coupon_id.value);
        sequences.push_back(sequence.value);
    }
    const auto rows =
        ear_->run({"SELECT known.coupon_id"
                   "  FROM unnest($1::bigint[], $2::bigint[]) AS known (coupon_id, sequence)"
                   " WHERE known.sequence IS DISTINCT FROM"
                   "       (SELECT h.sequence FROM coupon_inventory_history AS h"
                   "         WHERE h.coupon_id = known.coupon_id ORDER BY h.sequence DESC LIMIT 1)",
                   {database::to_array(coupons), database::to_array(sequences)}},
                  deadline);
    if (!rows) {
        ear_.reset();
        return rows.failure();
    }
    std::vector<CouponId> moved;
    for (std::size_t i = 0; i < rows->row_count(); ++i) moved.push_back({rows->integer(i, 0)});
    return moved;
}

Result<void> PostgresStreamWatch::wait(base::SteadyInstant wait_end, base::SteadyInstant deadline) {
    if (ear_ && !ear_->is_usable()) {
        ear_.reset();
        return base::Failure{base::FailureKind::unavailable, "the connection that listens is gone"};
    }
    // What was said before it listened was missed: then it looks at once.
    if (!ear_) return connect(deadline);
    const auto heard = ear_->wait_for_notifications(wait_end);
    if (!heard) {
        ear_.reset();
        return heard.failure();
    }
    return {};
}

Result<void> PostgresStreamWatch::connect(base::SteadyInstant deadline) {
    auto ear = PostgresConnection::open(url_, deadline, &host_);
    if (!ear) return ear.failure();
    auto done = ear->execute(std::string(plan_settings_sql), deadline);
    if (done && hears_others_) {
        done = ear->execute(fmt::format("LISTEN {}", stock_channel), deadline);
    }
    if (!done) return done.failure();
    ear_.emplace(*std::move(ear));
    return {};
}

}  // namespace dibs::repository
