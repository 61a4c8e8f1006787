#include "crash/account.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <tuple>

namespace dibs::crash {

namespace {

// choice: the first ones tell what there is to know.
constexpr std::size_t words_max = 10;

std::string describe(const HolderRow& holder) {
    return fmt::format("{}-{} of {} (nth {}, rank {}, {})", holder.coupon_id, holder.sequence,
                       holder.user, holder.nth, holder.rank, holder.status);
}

/// The sums of one table: each coupon's events in their order, none missing, never below zero.
/// Gives each coupon's last sum and sequence.
std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> check_sums(
    const std::vector<EventRow>& history, Findings& findings) {
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> sums;
    std::map<std::int64_t, std::int64_t> issued;
    for (const EventRow& event : history) {
        auto& [sum, sequence] = sums[event.coupon_id];
        sum += event.amount;
        if (event.kind == "issued") ++issued[event.coupon_id];
        if (event.sequence != sequence + 1 || sum < 0 || sum != event.stock_after ||
            issued[event.coupon_id] != event.issued_after) {
            findings.add(&Findings::oversold,
                         fmt::format("history {}-{} {} {:+}: the sum is {}, the row says {}; after "
                                     "sequence {}",
                                     event.coupon_id, event.sequence, event.kind, event.amount, sum,
                                     event.stock_after, sequence));
        }
        sequence = event.sequence;
    }
    return sums;
}

}  // namespace

std::string Findings::text() const {
    return fmt::format("lost {}, duplicate {}, oversold {}, stranger {}\n  {}", lost, duplicate,
                       oversold, stranger, fmt::join(what, "\n  "));
}

void Findings::add(std::int64_t Findings::*count, std::string words) {
    ++(this->*count);
    if (what.size() < words_max) what.push_back(std::move(words));
}

Findings& Findings::operator+=(const Findings& other) {
    lost += other.lost;
    duplicate += other.duplicate;
    oversold += other.oversold;
    stranger += other.stranger;
    for (const std::string& words : other.what) {
        if (what.size() < words_max) what.push_back(words);
    }
    return *this;
}

void Account::created(Coupon coupon, const std::string& name, std::int64_t limit) {
    names_[coupon] = {name};
    limits_[coupon] = limit;
}

void Account::issued(const HolderRow& holder) {
    issued_[{holder.coupon_id, holder.sequence}] = holder;
}

void Account::stock_changed(Place place, const std::string& kind, std::int64_t amount) {
    events_[place] = {kind, amount};
}

void Account::returned(Place holder, Place event) {
    returned_.insert(holder);
    events_[event] = {"returned", 1};
}

std::vector<Account::Coupon> Account::coupons() const {
    std::vector<Coupon> coupons;
    for (const auto& [coupon, names] : names_) coupons.push_back(coupon);
    return coupons;
}

Findings Account::check(const StoreRows& rows) {
    Findings findings;
    check_coupons(rows, findings);
    check_holders(rows, findings);
    check_events(rows, findings);
    return findings;
}

void Account::check_coupons(const StoreRows& rows, Findings& findings) {
    std::map<Coupon, const CouponRow*> found;
    for (const CouponRow& row : rows.coupons) {
        found[row.id] = &row;
        const auto known = names_.find(row.id);
        if (known != names_.end()) {
            if (!known->second.contains(row.name)) {
                findings.add(&Findings::lost, fmt::format("coupon {} is called {}, where {} was "
                                                          "acknowledged",
                                                          row.id, row.name, known->second));
            }
            known->second = {row.name};
        } else if (maybe_created_.erase(row.name) == 1) {
            created(row.id, row.name, row.limit);
        } else {
            findings.add(&Findings::stranger, fmt::format("coupon {} ({})", row.id, row.name));
        }
    }
    for (const auto& [coupon, names] : names_) {
        if (!found.contains(coupon)) {
            findings.add(&Findings::lost, fmt::format("coupon {} ({})", coupon, names));
        }
    }
}

void Account::check_holders(const StoreRows& rows, Findings& findings) {
    std::set<Place> found;
    std::set<Place> ranks;
    std::set<std::tuple<Coupon, std::string, std::string>> keys;
    std::map<std::pair<Coupon, std::string>, std::int64_t> held;
    for (const HolderRow& row : rows.holders) {
        const Place place{row.coupon_id, row.sequence};
        const bool is_new =
            found.insert(place).second && ranks.insert({row.coupon_id, row.rank}).second &&
            (row.key.empty() || keys.insert({row.coupon_id, row.user, row.key}).second);
        if (row.status == "active") ++held[{row.coupon_id, row.user}];
        if (!is_new || held[{row.coupon_id, row.user}] > limits_[row.coupon_id]) {
            findings.add(&Findings::duplicate, describe(row));
        }

        if (!issued_.contains(place)) {
            if (!maybe_issued_.contains({row.coupon_id, row.user})) {
                findings.add(&Findings::stranger, describe(row));
            }
            HolderRow seen = row;
            seen.status = "active";
            issued(seen);
        }
        HolderRow wanted = issued_[place];
        if (row.status == "returned" && maybe_returned_.erase(place) == 1) {
            returned_.insert(place);
        }
        if (returned_.contains(place)) wanted.status = "returned";
        if (row != wanted) {
            findings.add(&Findings::lost, fmt::format("{}, where {} was acknowledged",
                                                      describe(row), describe(wanted)));
        }
    }
    for (const auto& [place, holder] : issued_) {
        if (!found.contains(place)) findings.add(&Findings::lost, describe(holder));
    }
}

void Account::check_events(const StoreRows& rows, Findings& findings) {
    const auto sums = check_sums(rows.history, findings);
    std::set<Place> found;
    for (const EventRow& row : rows.history) {
        const Place place{row.coupon_id, row.sequence};
        found.insert(place);
        const auto known = events_.find(place);
        const auto holder = issued_.find(place);
        if (row.kind == "issued") {
            if (holder == issued_.end() || holder->second.user != row.user) {
                findings.add(&Findings::stranger, fmt::format("an issue to {} at {}-{}", row.user,
                                                              row.coupon_id, row.sequence));
            }
        } else if (known == events_.end()) {
            const bool may_be = row.kind == "returned" ||
                                maybe_events_.contains({row.coupon_id, row.kind, row.amount}) ||
                                row.sequence == 1;
            if (!may_be) {
                findings.add(&Findings::stranger,
                             fmt::format("{} {:+} at {}-{}", row.kind, row.amount, row.coupon_id,
                                         row.sequence));
            }
            events_[place] = {row.kind, row.amount};
        } else if (known->second != std::pair(row.kind, row.amount)) {
            findings.add(&Findings::lost,
                         fmt::format("{} {:+} at {}-{}", known->second.first, known->second.second,
                                     row.coupon_id, row.sequence));
        }
    }
    for (const auto& [place, event] : events_) {
        if (!found.contains(place)) {
            findings.add(&Findings::lost, fmt::format("{} {:+} at {}-{}", event.first, event.second,
                                                      place.first, place.second));
        }
    }
    for (const auto& [place, holder] : issued_) {
        if (!found.contains(place)) {
            findings.add(&Findings::lost, "the event of " + describe(holder));
        }
    }

    std::map<Coupon, std::int64_t> still_returned;  // By events, less those by holders.
    for (const EventRow& row : rows.history) {
        if (row.kind == "returned") ++still_returned[row.coupon_id];
    }
    for (const HolderRow& row : rows.holders) {
        if (row.status == "returned") --still_returned[row.coupon_id];
    }
    for (const auto& [coupon, count] : still_returned) {
        if (count != 0) {
            findings.add(&Findings::oversold, fmt::format("coupon {}: {:+} returned events without "
                                                          "a returned holder",
                                                          coupon, count));
        }
    }
    std::map<Coupon, std::pair<std::int64_t, std::int64_t>> live;
    for (const EventRow& row : rows.live) {
        live[row.coupon_id].first += row.amount;
        live[row.coupon_id].second = row.sequence;
    }
    if (live != sums) {
        findings.add(&Findings::oversold, "the live events don't sum to what history does");
    }
}

}  // namespace dibs::crash
