#pragma once

#include <vector>

#include "domain/coupon.h"
#include "repository/coupon_repository.h"
#include "support/builders.h"

namespace dibs::test {

/// Where coupons are offered and asked for, whatever stands behind it: bare books, a service, the
/// whole binary. `ask` may be called from any thread. What fails ends the test.
class Shop {
public:
    virtual ~Shop() = default;
    [[nodiscard]] virtual domain::CouponId offer(const CouponBuilder& coupon) = 0;
    virtual domain::IssueDecision ask(domain::CouponId coupon_id, const Asking& asking) = 0;
};

/// The shop right over a repository: open the books, decide, append, commit.
class RepositoryShop final : public Shop {
public:
    /// The repository must outlive it.
    explicit RepositoryShop(repository::CouponRepository& coupons) : coupons_(coupons) {}

    /// Creates the coupon at its `from`.
    [[nodiscard]] domain::CouponId offer(const CouponBuilder& coupon) override;
    domain::IssueDecision ask(domain::CouponId coupon_id, const Asking& asking) override;

    /// One group: all of them decided in this order, in one commit.
    std::vector<domain::IssueDecision> ask_together(domain::CouponId coupon_id,
                                                    const std::vector<Asking>& group);

private:
    repository::CouponRepository& coupons_;
};

/// Decides on a whole group over books that are already open, and appends what was issued; who
/// commits is the caller's business. Somebody who asks twice finds what they got the first time.
std::vector<domain::IssueDecision> decide_and_append(repository::Books& books,
                                                     domain::CouponId coupon_id,
                                                     const std::vector<Asking>& group);

}  // namespace dibs::test
