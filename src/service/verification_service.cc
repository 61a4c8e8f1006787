#include "service/verification_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "service/store_rows.h"

// Every table is read once, coupon by coupon in the order of their ids, so that what belongs
// together passes by together. The limit per user is counted in a walk of its own, user by user,
// beforehand.

namespace dibs::service {

using base::Result;
using base::to_rfc3339;
using domain::Balance;
using domain::CouponId;
using domain::CouponInventory;
using domain::InventoryKind;
using domain::RegisteredCoupon;
using repository::AuditSnapshot;
using repository::TermsInForce;

namespace {

// choice: rows shown per coupon; more of the same teach nothing.
constexpr std::size_t violations_shown_max = 20;

void add(CouponVerdict& verdict, int rule, std::string row) {
    ++verdict.violation_count;
    if (verdict.violations.size() < violations_shown_max) {
        verdict.violations.push_back({rule, std::move(row)});
    }
}

/// The lowest coupon that any table has a row of.
std::optional<CouponId> next_coupon(const StoreRows& tables) {
    std::optional<CouponId> lowest;
    const auto consider = [&lowest](const auto& front) {
        if (front && (!lowest || coupon_of(*front) < *lowest)) lowest = coupon_of(*front);
    };
    consider(tables.coupons.front());
    consider(tables.terms.front());
    consider(tables.live.front());
    consider(tables.history.front());
    consider(tables.registrations.front());
    return lowest;
}

std::string describe(const CouponInventory& event) {
    return fmt::format("{} {:+} at sequence {} (stock after {}, issued after {})",
                       name_of(event.kind), event.amount, event.sequence.value, event.stock_after,
                       event.issued_after);
}

std::string describe(const RegisteredCoupon& registered) {
    return fmt::format("registration {} of user {}, rank {}", registered.id().text(),
                       registered.user_id.text(), registered.rank);
}

/// Rules 2 and 3 for one event of the history, folded onto what came before it.
void check_history_event(CouponVerdict& verdict, const CouponInventory& event) {
    const Balance before = verdict.balance;
    if (event.sequence != before.head.next()) {
        add(verdict, 2,
            fmt::format("history: {} follows sequence {}", describe(event), before.head.value));
    }
    const std::int64_t issued = event.kind == InventoryKind::issued ? 1 : 0;
    verdict.balance = Balance{event.sequence, before.stock + event.amount, before.issued + issued};
    if (verdict.balance.stock < 0) {
        add(verdict, 3,
            fmt::format("history: {} brings the stock to {}", describe(event),
                        verdict.balance.stock));
    }
    if (verdict.balance.stock != event.stock_after ||
        verdict.balance.issued != event.issued_after) {
        add(verdict, 1,
            fmt::format("history: {} where the sums give {} and {}", describe(event),
                        verdict.balance.stock, verdict.balance.issued));
    }
}

/// A time in words, or as its number where it is beyond what has words: a row that is damaged must
/// not end the audit.
std::string show(base::Instant instant) {
    if (instant < base::earliest_instant() || instant > base::latest_instant()) {
        return fmt::format("{} µs", base::to_microseconds(instant));
    }
    return to_rfc3339(instant);
}

/// Rule 6: the window that was in force for the event that issued this.
void check_window(CouponVerdict& verdict, const std::vector<TermsInForce>& terms,
                  const RegisteredCoupon& registered) {
    const TermsInForce* in_force = nullptr;
    for (const TermsInForce& one : terms) {
        if (one.after < registered.sequence) in_force = &one;
    }
    if (in_force == nullptr) {
        return add(verdict, 6, describe(registered) + ": no terms were in force");
    }
    if (registered.registered_at < in_force->terms.from ||
        registered.registered_at > in_force->terms.to) {
        add(verdict, 6,
            fmt::format("{}: at {}, where the window was {} to {}", describe(registered),
                        show(registered.registered_at), show(in_force->terms.from),
                        show(in_force->terms.to)));
    }
}

/// Rule 4, the event's side: the registration that stands where this event was issued says the
/// same.
void check_pair(CouponVerdict& verdict, const CouponInventory& event,
                const RegisteredCoupon& registered) {
    if (event.user_id != registered.user_id || event.created_at != registered.registered_at ||
        event.issued_after != registered.rank) {
        add(verdict, 4,
            fmt::format("{} and {} differ in user, time or rank", describe(event),
                        describe(registered)));
    }
}

/// One coupon's live events as they pass by.
struct LiveWalk {
    std::int64_t sum = 0;
    std::optional<CouponInventory> last;
};

/// Rule 1, line by line: a live event says what history says at its place, and a cumulative one
/// what history comes to there.
bool says_the_same(const CouponInventory& live, const CouponInventory& history) {
    if (live.kind != InventoryKind::cumulative) return live == history;
    return live.amount == history.stock_after && live.stock_after == history.stock_after &&
           live.issued_after == history.issued_after && live.created_at == history.created_at;
}

/// Passes the coupon's live events up to a place of its history by; all that are left, where there
/// is no history any more.
Result<void> check_live_events(CouponVerdict& verdict, StoreRows& tables, LiveWalk& walk,
                               const CouponInventory* history) {
    while (tables.live.is_at(verdict.coupon_id) &&
           (history == nullptr || tables.live.front()->sequence <= history->sequence)) {
        const CouponInventory& event = *tables.live.front();
        if (walk.last && event.sequence != walk.last->sequence.next()) {
            add(verdict, 2,
                fmt::format("inventory: {} follows sequence {}", describe(event),
                            walk.last->sequence.value));
        }
        const bool is_at_its_place = history != nullptr && event.sequence == history->sequence;
        if (is_at_its_place && !says_the_same(event, *history)) {
            add(verdict, 1,
                fmt::format("inventory: {} is not what history says: {}", describe(event),
                            describe(*history)));
        }
        walk.sum += event.amount;
        ++verdict.live_event_count;
        walk.last = event;
        if (auto done = tables.live.advance(); !done) return done;
    }
    return {};
}

/// Walks one coupon's history and registrations side by side.
Result<void> check_history_and_registrations(CouponVerdict& verdict, StoreRows& tables,
                                             const std::vector<TermsInForce>& terms,
                                             LiveWalk& live) {
    const CouponId coupon_id = verdict.coupon_id;
    const auto registration_before = [&](const std::optional<CouponInventory>& event) {
        return tables.registrations.is_at(coupon_id) &&
               (!event || event->coupon_id != coupon_id ||
                tables.registrations.front()->sequence < event->sequence);
    };
    while (tables.history.is_at(coupon_id) || tables.registrations.is_at(coupon_id)) {
        const auto& event = tables.history.front();
        const auto& registered = tables.registrations.front();
        if (registration_before(event)) {
            add(verdict, 4, describe(*registered) + ": no event issued it");
            if (auto done = tables.registrations.advance(); !done) return done;
            continue;
        }
        check_history_event(verdict, *event);
        if (auto done = check_live_events(verdict, tables, live, &*event); !done) return done;
        const bool has_pair =
            tables.registrations.is_at(coupon_id) && registered->sequence == event->sequence;
        if (event->kind == InventoryKind::issued && has_pair) {
            check_pair(verdict, *event, *registered);
            check_window(verdict, terms, *registered);
            if (auto done = tables.registrations.advance(); !done) return done;
        } else if (event->kind == InventoryKind::issued) {
            add(verdict, 4, describe(*event) + ": nobody is registered for it");
        } else if (has_pair) {
            add(verdict, 4,
                fmt::format("{} stands where {}", describe(*registered), describe(*event)));
            if (auto done = tables.registrations.advance(); !done) return done;
        }
        if (auto done = tables.history.advance(); !done) return done;
    }
    return {};
}

/// Rules 1 and 2 for the live events, once the history was folded and all of them were passed by.
void check_live_sum(CouponVerdict& verdict, const LiveWalk& walk) {
    const domain::Sequence head = walk.last ? walk.last->sequence : domain::Sequence{0};
    const std::int64_t remaining = walk.last ? walk.last->stock_after : 0;
    if (head != verdict.balance.head) {
        add(verdict, 2,
            fmt::format("inventory's head is {}, history's is {}", head.value,
                        verdict.balance.head.value));
    }
    if (walk.sum != verdict.balance.stock || remaining != verdict.balance.stock || remaining < 0) {
        add(verdict, 1,
            fmt::format("inventory sums to {}, says {} remain, history sums to {}", walk.sum,
                        remaining, verdict.balance.stock));
    }
}

using ViolationsByCoupon = std::map<CouponId, std::vector<std::string>>;

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

/// Rule 5: user by user, how many of each coupon they hold.
Result<ViolationsByCoupon> check_limits(AuditSnapshot& snapshot) {
    const auto limits = read_limits(snapshot);
    if (!limits) return limits.failure();
    auto rows = RowStream<RegisteredCoupon>::start(snapshot.registrations_by_user());
    if (!rows) return rows.failure();
    ViolationsByCoupon broken;
    while (rows->front()) {
        const RegisteredCoupon first = *rows->front();
        std::int64_t held = 0;
        std::int64_t count = 0;
        while (rows->is_at(first.coupon_id) && rows->front()->user_id == first.user_id) {
            if (rows->front()->status == domain::RegistrationStatus::active) ++held;
            if (rows->front()->nth != ++count) {
                broken[first.coupon_id].push_back(
                    fmt::format("{} is said to be their nth {}, and is {}",
                                describe(*rows->front()), rows->front()->nth, count));
            }
            if (auto done = rows->advance(); !done) return done.failure();
        }
        const auto limit = limits->find(first.coupon_id);
        if (limit != limits->end() && held > limit->second) {
            broken[first.coupon_id].push_back(fmt::format(
                "user {} holds {}, the limit is {}", first.user_id.text(), held, limit->second));
        }
    }
    return broken;
}

/// Rule 6: what is announced now is the last of what was ever in force.
Result<void> check_announcement(CouponVerdict& verdict, StoreRows& tables,
                                const std::vector<TermsInForce>& terms) {
    while (tables.coupons.is_at(verdict.coupon_id)) {
        if (terms.empty() || *tables.coupons.front() != terms.back().terms) {
            add(verdict, 6, "the coupon as it is announced is not the last version of its terms");
        }
        if (auto done = tables.coupons.advance(); !done) return done;
    }
    return {};
}

Result<CouponVerdict> check_coupon(StoreRows& tables, CouponId coupon_id) {
    CouponVerdict verdict{.coupon_id = coupon_id, .name = {}, .balance = {}, .violations = {}};
    std::vector<TermsInForce> terms;
    while (tables.terms.is_at(coupon_id)) {
        terms.push_back(*tables.terms.front());
        if (auto done = tables.terms.advance(); !done) return done.failure();
    }
    if (terms.empty()) {
        add(verdict, 4, "there are rows of a coupon that does not exist");
    } else {
        verdict.name = terms.back().terms.name;
    }
    if (auto done = check_announcement(verdict, tables, terms); !done) return done.failure();
    LiveWalk live;
    if (auto done = check_history_and_registrations(verdict, tables, terms, live); !done) {
        return done.failure();
    }
    if (auto done = check_live_events(verdict, tables, live, nullptr); !done) return done.failure();
    check_live_sum(verdict, live);
    return verdict;
}

}  // namespace

std::string_view rule_text(int rule) {
    switch (rule) {
        case 1: return "sum(inventory) = sum(history) = remaining >= 0";
        case 2:
            return "history's sequences run from 1 to the head with no gap, and inventory has the "
                   "same head";
        case 3: return "the running sum of history is never below zero";
        case 4: return "registered coupons and issued events are one to one";
        case 5: return "no user holds more than the limit per user";
        case 6: return "every registration lies in the window that was in force";
        default: return "unknown";
    }
}

Result<void> verify(AuditSnapshot& snapshot,
                    const std::function<void(const CouponVerdict&)>& tell) {
    const auto over_limit = check_limits(snapshot);
    if (!over_limit) return over_limit.failure();
    auto tables = StoreRows::open(snapshot);
    if (!tables) return tables.failure();
    while (const auto coupon_id = next_coupon(*tables)) {
        auto verdict = check_coupon(*tables, *coupon_id);
        if (!verdict) return verdict.failure();
        const auto broken = over_limit->find(*coupon_id);
        if (broken != over_limit->end()) {
            for (const std::string& row : broken->second) add(*verdict, 5, row);
        }
        tell(*verdict);
    }
    return {};
}

}  // namespace dibs::service
