#include "service/limit_audit.h"

#include <fmt/format.h>

#include <utility>

#include "service/row_stream.h"
#include "service/row_words.h"

namespace dibs::service {

using base::Result;
using domain::CouponId;
using domain::RegisteredCoupon;
using repository::AuditSnapshot;
using repository::TermsInForce;

namespace {

Result<std::map<CouponId, std::int64_t>> read_limits(AuditSnapshot& snapshot) {
    auto rows = RowStream<TermsInForce>::start(snapshot.terms());
    if (!rows) return rows.failure();
    std::map<CouponId, std::int64_t> limits;
    while (rows->front()) {
        limits[rows->front()->terms.id] = rows->front()->terms.limit_per_user;
        if (auto done = rows->advance(); !done) return done.failure();
    }
    return limits;
}

}  // namespace

Result<LimitAudit> LimitAudit::walk(AuditSnapshot& snapshot) {
    const auto limits = read_limits(snapshot);
    if (!limits) return limits.failure();
    auto rows = RowStream<RegisteredCoupon>::start(snapshot.registrations_by_user());
    if (!rows) return rows.failure();
    LimitAudit audit;
    while (rows->front()) {
        const RegisteredCoupon first = *rows->front();
        domain::Sequence last = first.sequence;
        std::int64_t held = 0;
        std::int64_t count = 0;
        while (rows->is_at(first.coupon_id) && rows->front()->user_id == first.user_id) {
            const RegisteredCoupon& registered = *rows->front();
            if (registered.status == domain::RegistrationStatus::active) ++held;
            if (registered.nth != ++count) {
                audit.add(first.coupon_id,
                          fmt::format("{} is said to be their nth {}, and is {}",
                                      describe(registered), registered.nth, count));
            } else if (registered.sequence < last) {
                audit.add(first.coupon_id,
                          fmt::format("{} is said to be their nth {}, and stands before the nth {}",
                                      describe(registered), count, count - 1));
            }
            last = registered.sequence;
            if (auto done = rows->advance(); !done) return done.failure();
        }
        const auto limit = limits->find(first.coupon_id);
        if (limit != limits->end() && held > limit->second) {
            audit.add(first.coupon_id, fmt::format("user {} holds {}, the limit is {}",
                                                   first.user_id.text(), held, limit->second));
        }
    }
    return audit;
}

void LimitAudit::add(CouponId coupon_id, std::string row) {
    Findings& findings = found_[coupon_id];
    ++findings.count;
    if (findings.rows.size() == violations_shown_max || rows_kept_ == rows_kept_max) return;
    findings.rows.push_back(std::move(row));
    ++rows_kept_;
}

void LimitAudit::add_to(CouponVerdict& verdict) const {
    const auto found = found_.find(verdict.coupon_id);
    if (found == found_.end()) return;
    const Findings& findings = found->second;
    for (const std::string& row : findings.rows) verdict.add(5, row);
    if (!findings.rows.empty()) {
        return verdict.count(findings.count - static_cast<std::int64_t>(findings.rows.size()));
    }
    verdict.add(5, fmt::format("broken in {} places, where so many coupons break it that the rows "
                               "are not shown",
                               findings.count));
    verdict.count(findings.count - 1);
}

}  // namespace dibs::service
