#include "support/shop.h"

#include <utility>

namespace dibs::test {

using domain::IssueDecision;
using domain::RegisteredCouponCreate;

std::vector<IssueDecision> decide_and_append(repository::Books& books, domain::CouponId coupon_id,
                                             const std::vector<Asking>& group) {
    std::vector<const domain::UserId*> users;
    for (const Asking& asking : group) users.push_back(&asking.user_id);
    repository::OpenCoupon opened = must(books.open(coupon_id, users));

    std::vector<IssueDecision> decisions;
    std::vector<RegisteredCouponCreate> creates;
    for (const Asking& asking : group) {
        if (!opened.coupon) {
            decisions.emplace_back();
            continue;
        }
        decisions.push_back(
            opened.coupon->register_(asking.request(), opened.holdings.of(asking.user_id)));
        if (const auto& create = decisions.back().create) {
            creates.push_back(*create);
            opened.holdings.add(to_registered(*create));
        }
    }
    must(books.append(creates));
    return decisions;
}

domain::CouponId RepositoryShop::offer(const CouponBuilder& coupon) {
    return must(coupons_.create(coupon.create(), coupon.create().from)).terms().id;
}

IssueDecision RepositoryShop::ask(domain::CouponId coupon_id, const Asking& asking) {
    return std::move(ask_together(coupon_id, {asking}).front());
}

std::vector<IssueDecision> RepositoryShop::ask_together(domain::CouponId coupon_id,
                                                        const std::vector<Asking>& group) {
    const std::unique_ptr<repository::Books> books = must(coupons_.open_books());
    auto decisions = decide_and_append(*books, coupon_id, group);
    must(books->commit());
    return decisions;
}

}  // namespace dibs::test
