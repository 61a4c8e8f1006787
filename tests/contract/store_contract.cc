#include "contract/store_contract.h"

namespace dibs::contract {

using test::must;

namespace {

// choice: more rows than any test of a contract keeps, where a test wants all of them.
constexpr std::size_t all = 100'000;

std::unique_ptr<repository::Store> open(const StorePlace& place) {
    return must(
        repository::open_store(place.url(), {.role = "test", .call_at = {}}, place.options()));
}

}  // namespace

StoreContract::StoreContract() : place_(GetParam().make_place()), store_(open(*place_)) {}

void StoreContract::reopen() {
    store_.reset();
    store_ = open(*place_);
}

domain::CouponId StoreContract::offer(const test::CouponBuilder& coupon) {
    return test::RepositoryShop(coupons()).offer(coupon);
}

domain::IssueDecision StoreContract::ask(domain::CouponId coupon_id, const test::Asking& asking) {
    return test::RepositoryShop(coupons()).ask(coupon_id, asking);
}

std::vector<domain::IssueDecision> StoreContract::ask_together(
    domain::CouponId coupon_id, const std::vector<test::Asking>& group) {
    return test::RepositoryShop(coupons()).ask_together(coupon_id, group);
}

domain::Balance StoreContract::balance_of(domain::CouponId coupon_id) {
    return must(coupons().find(coupon_id)).value().balance();
}

std::vector<domain::CouponInventory> StoreContract::live_events_of(domain::CouponId coupon_id) {
    return must(coupons().live_events(coupon_id, domain::Sequence{0}, all)).rows;
}

std::vector<domain::CouponInventory> StoreContract::history_of(domain::CouponId coupon_id) {
    return must(coupons().history(coupon_id, base::earliest_instant(), base::latest_instant(),
                                  domain::Sequence{0}, all))
        .rows;
}

std::vector<domain::RegisteredCoupon> StoreContract::registrations_of(domain::CouponId coupon_id) {
    return must(coupons().registrations(coupon_id, domain::Sequence{0}, all)).rows;
}

void compact(repository::CompactionRepository& compactions, base::Instant until) {
    const repository::CompactionRun run =
        must(compactions.claim(until, repository::CompactionTrigger::command, until));
    must(compactions.add_points(run.run,
                                must(compactions.find_points(until, domain::CouponId{0}, all))));
    must(compactions.freeze(run.run));
    while (true) {
        const repository::CompactionPortion portion = must(compactions.next_portion(run.run, all));
        if (portion.events.is_empty()) break;
        must(compactions.replace(run.run, must(portion.events.reduce_to_cumulative()),
                                 portion.event_count));
    }
    must(compactions.finish(run.run, until));
}

}  // namespace dibs::contract
