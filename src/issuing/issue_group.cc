#include "issuing/issue_group.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace dibs::issuing {

using base::Result;
using domain::Coupon;
using domain::CouponId;
using domain::Holdings;
using domain::IssueOutcome;
using domain::RegisteredCoupon;
using domain::RegisteredCouponCreate;

namespace {

/// What an earlier attempt wrote for this request, if the store has it after all.
const RegisteredCoupon* find_attempted(const Holdings& holdings, const PendingIssue& request) {
    if (!request.attempted) return nullptr;
    const RegisteredCoupon wanted = domain::to_registered(*request.attempted);
    const auto held = holdings.of(request.user_id);
    const auto found = std::ranges::find(held, wanted);
    return found == held.end() ? nullptr : &*found;
}

}  // namespace

IssueGroup::IssueGroup(std::span<PendingIssue> requests)
    : requests_(requests), results_(requests.size()) {}

Result<void> IssueGroup::decide(repository::Books& books) {
    // The places of the requests, coupon by coupon, and within a coupon in the order of arrival.
    std::vector<std::size_t> places(requests_.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::ranges::stable_sort(places, {}, [this](std::size_t i) { return requests_[i].coupon_id; });

    for (auto first = places.begin(); first != places.end();) {
        const CouponId coupon_id = requests_[*first].coupon_id;
        const auto last = std::find_if(first, places.end(), [&](std::size_t i) {
            return requests_[i].coupon_id != coupon_id;
        });
        if (auto done = decide_coupon(books, coupon_id, {first, last}); !done) return done;
        first = last;
    }
    return {};
}

void IssueGroup::leave_attempts(FailedPass failed) {
    for (Attempt& attempt : attempts_) {
        auto& attempted = requests_[attempt.place].attempted;
        if (attempted && failed.is_in_doubt) continue;
        attempted = failed.is_look_enough ? std::nullopt : std::move(attempt.before);
    }
    attempts_.clear();
}

Result<void> IssueGroup::decide_coupon(repository::Books& books, CouponId coupon_id,
                                       std::span<const std::size_t> places) {
    std::vector<const domain::UserId*> users;
    users.reserve(places.size());
    for (const std::size_t i : places) users.push_back(&requests_[i].user_id);
    // A user who asks twice is looked for once, or what they hold would count double.
    std::ranges::sort(users, {},
                      [](const domain::UserId* user) -> const domain::UserId& { return *user; });
    const auto repeated = std::ranges::unique(
        users, {}, [](const domain::UserId* user) -> const domain::UserId& { return *user; });
    users.erase(repeated.begin(), repeated.end());

    auto opened = books.open(coupon_id, users);
    if (!opened) return opened.failure();
    if (!opened->coupon) return {};  // Every result says coupon_not_found until told otherwise.

    std::vector<RegisteredCouponCreate> creates;
    bool is_sold_out = false;
    for (const std::size_t i : places) {
        results_[i] = decide_one(*opened->coupon, opened->holdings, i, creates);
        is_sold_out = is_sold_out || results_[i].outcome == IssueOutcome::sold_out;
    }
    if (is_sold_out) sold_out_.push_back(coupon_id);
    if (creates.empty()) return {};
    return books.append(creates);
}

IssueResult IssueGroup::decide_one(Coupon& coupon, Holdings& holdings, std::size_t place,
                                   std::vector<RegisteredCouponCreate>& creates) {
    PendingIssue& request = requests_[place];
    if (const RegisteredCoupon* kept = find_attempted(holdings, request)) {
        has_found_attempt_ = true;
        return {IssueOutcome::issued, {*kept}, coupon.shared_terms(), true};
    }
    const bool had_attempted = request.attempted.has_value();
    auto decision = coupon.register_({.user_id = request.user_id,
                                      .idempotency_key = request.idempotency_key,
                                      .arrived_at = request.arrived_at},
                                     holdings.of(request.user_id));
    tells_what_is_kept_ = tells_what_is_kept_ || had_attempted ||
                          decision.outcome == IssueOutcome::replayed ||
                          decision.outcome == IssueOutcome::already_registered;
    // From here on what this pass writes is the attempt, or nothing is.
    if (had_attempted || decision.create) {
        attempts_.push_back({place, std::exchange(request.attempted, decision.create)});
    }
    if (decision.create) {
        has_created_ = true;
        RegisteredCoupon registered = domain::to_registered(*decision.create);
        holdings.add(registered);
        decision.held.push_back(std::move(registered));
        creates.push_back(*std::move(decision.create));
    }
    return {decision.outcome, std::move(decision.held), coupon.shared_terms(),
            decision.outcome == IssueOutcome::replayed};
}

}  // namespace dibs::issuing
