#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "rehearsal/auditor.h"

namespace dibs::rehearsal {

// What the crowd was told, held against what the service has in its books afterwards.

void Auditor::add(Check check, const ListedRegistration& stored, std::string what) {
    add(check,
        Finding{stored.user, stored.registration.id, stored.registration.rank, std::move(what)});
}

void Auditor::check_registrations(const std::vector<ListedRegistration>& stored, bool is_complete) {
    look_for(Check::lost);
    look_for(Check::stored_differently);
    look_for(Check::unexplained);
    std::vector<ListedRegistration> of_coupon;
    std::unordered_set<std::string_view> ids;
    for (const ListedRegistration& item : stored) {
        // A user's listing has the other coupons that they hold, too.
        if (item.registration.coupon_id != terms_.coupon_id) continue;
        of_coupon.push_back(item);
        ids.insert(item.registration.id);
        check_stored(item);
    }
    report_.stored = of_coupon.size();
    for (const Acknowledged& registration : acknowledged_) {
        if (ids.contains(registration.answer->registration.id)) continue;
        add(Check::lost, *registration.answer, "acknowledged with a 201, and not stored");
    }
    check_stored_limits(of_coupon);
    if (is_complete) check_stored_ranks(std::move(of_coupon));
}

void Auditor::check_stored(const ListedRegistration& stored) {
    const auto place = place_of_.find(stored.registration.id);
    if (place != place_of_.end()) {
        const IssuedAnswer& told = *acknowledged_[place->second].answer;
        if (told.user != stored.user) {
            add(Check::stored_differently, told, fmt::format("is stored as {}'s", stored.user));
        } else if (told.registration != stored.registration) {
            add(Check::stored_differently, told,
                fmt::format("is stored with rank {}, registered at {}; the answer said {}",
                            stored.registration.rank,
                            base::to_rfc3339(stored.registration.registered_at),
                            base::to_rfc3339(told.registration.registered_at)));
        }
        return;
    }
    if (stored.registration.rank <= terms_.issued_before || !is_of_crowd(stored.user)) return;
    // Each request whose outcome is unknown explains one row that nobody was told of.
    const auto open = unknown_.find(stored.user);
    if (open != unknown_.end() && open->second > 0) {
        --open->second;
        return;
    }
    add(Check::unexplained, stored, "stored, though no request of this user was answered so");
}

void Auditor::check_stored_limits(const std::vector<ListedRegistration>& stored) {
    std::unordered_map<std::string_view, std::int64_t> held_by;
    for (const ListedRegistration& item : stored) {
        const std::int64_t held = ++held_by[item.user];
        if (held <= terms_.limit_per_user) continue;
        add(Check::over_limit, item,
            fmt::format("{} are stored for the user, the limit is {}", held,
                        terms_.limit_per_user));
    }
}

void Auditor::check_stored_ranks(std::vector<ListedRegistration> stored) {
    look_for(Check::rank_gap);
    std::ranges::stable_sort(stored, {},
                             [](const ListedRegistration& item) { return item.registration.rank; });
    std::int64_t before = 0;
    for (const ListedRegistration& item : stored) {
        const std::int64_t rank = item.registration.rank;
        if (rank == before) {
            add(Check::shared_rank, item, "another stored registration has this rank");
        } else if (rank != before + 1) {
            add(Check::rank_gap, item, fmt::format("the stored rank before it is {}", before));
        }
        before = rank;
        if (terms_.stock && rank > *terms_.stock) {
            add(Check::oversold, item, fmt::format("stored; there were {} in all", *terms_.stock));
        }
    }
    const auto count = static_cast<std::int64_t>(stored.size());
    if (terms_.stock && count > *terms_.stock) {
        add(Check::oversold,
            Finding{{}, {}, 0, fmt::format("{} are stored; there were {}", count, *terms_.stock)});
    }
}

void Auditor::check_stock(const StockBody& stock) {
    look_for(Check::oversold);
    if (stock.stock < 0) {
        add(Check::oversold, Finding{{}, {}, 0, fmt::format("the stock is {}", stock.stock)});
    }
    if (terms_.stock && stock.stock + stock.issued != *terms_.stock) {
        add(Check::oversold, Finding{{},
                                     {},
                                     0,
                                     fmt::format("{} issued and {} left do not make {}",
                                                 stock.issued, stock.stock, *terms_.stock)});
    }
    // The service's own count can't be smaller than what it gave out before and to this crowd.
    std::int64_t given = terms_.issued_before;
    for (const Acknowledged& registration : acknowledged_) {
        if (registration.rank() > terms_.issued_before) ++given;
    }
    if (stock.issued >= given) return;
    add(Check::lost,
        Finding{{},
                {},
                0,
                fmt::format("{} were given out; the service counts {}", given, stock.issued)});
}

}  // namespace dibs::rehearsal
