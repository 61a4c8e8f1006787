// What the simulated store's coupons are asked. Each is a look at one moment, somewhere between the
// question and the answer.

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "simulation/simulated_coupons.h"
#include "simulation/tables.h"

namespace dibs::simulation {

using base::Instant;
using base::Result;
using base::to_microseconds;
using domain::Coupon;
using domain::CouponId;
using domain::CouponTerms;
using domain::Sequence;
using repository::Page;
using repository::RegisteredWithTerms;

namespace {

std::shared_ptr<const CouponTerms> current_terms(std::int64_t coupon, const CouponRows& rows) {
    return std::make_shared<const CouponTerms>(to_terms(coupon, rows.terms.back()));
}

/// The rows after a place that `is_wanted`, as a page.
template <typename Row, typename Rows, typename IsWanted, typename Convert>
Page<Row> page_of(const Rows& rows, std::size_t count_max, IsWanted is_wanted, Convert convert) {
    Page<Row> page;
    for (const auto& row : rows) {
        if (!is_wanted(row)) continue;
        if (page.rows.size() == count_max) {
            page.has_more = true;
            break;
        }
        page.rows.push_back(convert(row));
    }
    return page;
}

repository::Listing listing_of(const StoreRows& store, const repository::ListingQuery& query) {
    std::vector<RegisteredWithTerms> all;
    std::int64_t id = 0;
    for (const CouponRows& rows : store.coupons) {
        ++id;
        const auto found = rows.of_user.find(query.user.text());
        if (found == rows.of_user.end()) continue;
        for (const std::size_t place : found->second) {
            all.push_back({to_registered(rows.registered[place]), current_terms(id, rows)});
        }
    }
    const auto place_of = [](const RegisteredWithTerms& one) {
        return std::tuple(one.registered.registered_at, one.registered.id());
    };
    std::ranges::sort(all, std::greater(), place_of);
    const auto& after = query.after;
    return page_of<RegisteredWithTerms>(
        all, query.count_max,
        [&](const RegisteredWithTerms& one) {
            return !after || place_of(one) < std::tuple(after->registered_at, after->id);
        },
        [](const RegisteredWithTerms& one) { return one; });
}

}  // namespace

Result<std::optional<Coupon>> SimulatedCoupons::find(CouponId coupon_id) {
    if (auto passed = server_.pass("find"); !passed) return passed.failure();
    const CouponRows* const rows = server_.rows().find(coupon_id.value);
    if (rows == nullptr) return std::optional<Coupon>();
    return std::optional<Coupon>(to_coupon(coupon_id.value, *rows));
}

Result<Page<Coupon>> SimulatedCoupons::list(CouponId after, std::size_t count_max) {
    if (auto passed = server_.pass("list"); !passed) return passed.failure();
    std::int64_t id = 0;
    return page_of<Coupon>(
        server_.rows().coupons, count_max, [&](const CouponRows&) { return ++id > after.value; },
        [&](const CouponRows& rows) { return to_coupon(id, rows); });
}

Result<Page<Coupon>> SimulatedCoupons::list_open(Instant now, std::optional<OpeningPlace> after,
                                                 std::size_t count_max) {
    if (auto passed = server_.pass("list_open"); !passed) return passed.failure();
    std::vector<std::pair<std::int64_t, std::int64_t>> places;  // from, id
    std::int64_t id = 0;
    for (const CouponRows& rows : server_.rows().coupons) {
        ++id;
        if (rows.terms.back().to >= to_microseconds(now)) {
            places.emplace_back(rows.terms.back().from, id);
        }
    }
    std::ranges::sort(places);
    return page_of<Coupon>(
        places, count_max,
        [&](const auto& place) {
            return !after || place > std::pair(to_microseconds(after->from), after->id.value);
        },
        [&](const auto& place) {
            return to_coupon(place.second, *server_.rows().find(place.second));
        });
}

Result<std::shared_ptr<const CouponTerms>> SimulatedCoupons::terms_at(CouponId coupon_id,
                                                                      Sequence sequence) {
    if (auto passed = server_.pass("terms_at"); !passed) {
        server_.note_failed_look();
        return passed.failure();
    }
    const CouponRows& rows = *server_.rows().find(coupon_id.value);
    const auto later = std::ranges::find_if(
        rows.terms, [&](const TermsRow& terms) { return terms.after >= sequence.value; });
    const TermsRow& in_force = later == rows.terms.begin() ? *later : *std::prev(later);
    return std::make_shared<const CouponTerms>(to_terms(coupon_id.value, in_force));
}

std::vector<Result<repository::Listing>> SimulatedCoupons::list_registered(
    std::span<const repository::ListingQuery> queries) {
    std::vector<Result<repository::Listing>> listings;
    if (auto passed = server_.pass("list_registered"); !passed) {
        listings.assign(queries.size(), passed.failure());
        return listings;
    }
    for (const auto& query : queries) listings.emplace_back(listing_of(server_.rows(), query));
    return listings;
}

Result<std::optional<RegisteredWithTerms>> SimulatedCoupons::find_registered(
    const domain::UserId& user, domain::RegistrationId id) {
    if (auto passed = server_.pass("find_registered"); !passed) return passed.failure();
    const CouponRows* const rows = server_.rows().find(id.coupon_id.value);
    if (rows == nullptr) return std::optional<RegisteredWithTerms>();
    for (const RegisteredRow& row : rows->registered) {
        if (row.sequence != id.sequence.value || row.user != user.text()) continue;
        return std::optional<RegisteredWithTerms>(
            {to_registered(row), current_terms(id.coupon_id.value, *rows)});
    }
    return std::optional<RegisteredWithTerms>();
}

Result<Page<domain::CouponInventory>> SimulatedCoupons::live_events(CouponId coupon_id,
                                                                    Sequence after,
                                                                    std::size_t count_max) {
    if (auto passed = server_.pass("live_events"); !passed) return passed.failure();
    const CouponRows* const rows = server_.rows().find(coupon_id.value);
    if (rows == nullptr) return Page<domain::CouponInventory>();
    return page_of<domain::CouponInventory>(
        rows->live, count_max, [&](const EventRow& row) { return row.sequence > after.value; },
        to_event);
}

Result<Page<domain::CouponInventoryHistory>> SimulatedCoupons::history(CouponId coupon_id,
                                                                       Instant from, Instant to,
                                                                       Sequence after,
                                                                       std::size_t count_max) {
    if (auto passed = server_.pass("history"); !passed) return passed.failure();
    const CouponRows* const rows = server_.rows().find(coupon_id.value);
    if (rows == nullptr) return Page<domain::CouponInventoryHistory>();
    auto page = page_of<domain::CouponInventoryHistory>(
        rows->history, count_max,
        [&](const EventRow& row) {
            return row.sequence > after.value && row.created_at >= to_microseconds(from) &&
                   row.created_at <= to_microseconds(to);
        },
        to_event);
    // The answer is on its way: what it says is already of the past. Now and then that is long
    // enough for others to write meanwhile, and longer than anybody may be told what is true no
    // more.
    const bool is_slow = server_.random().happens(250'000);
    server_.conductor().sleep(server_.random().between(0, is_slow ? 1'500'000 : 500));
    return page;
}

Result<domain::Balance> SimulatedCoupons::balance_at(CouponId coupon_id, Instant at) {
    if (auto passed = server_.pass("balance_at"); !passed) return passed.failure();
    const CouponRows* const rows = server_.rows().find(coupon_id.value);
    if (rows == nullptr) return domain::Balance{};
    domain::Balance balance;
    for (const EventRow& row : rows->history) {
        if (row.created_at <= to_microseconds(at)) balance = to_event(row).balance_after();
    }
    return balance;
}

Result<Page<domain::RegisteredCoupon>> SimulatedCoupons::registrations(CouponId coupon_id,
                                                                       Sequence after,
                                                                       std::size_t count_max) {
    if (auto passed = server_.pass("registrations"); !passed) return passed.failure();
    const CouponRows* const rows = server_.rows().find(coupon_id.value);
    if (rows == nullptr) return Page<domain::RegisteredCoupon>();
    return page_of<domain::RegisteredCoupon>(
        rows->registered, count_max,
        [&](const RegisteredRow& row) { return row.sequence > after.value; }, to_registered);
}

}  // namespace dibs::simulation
