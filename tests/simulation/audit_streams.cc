#include <algorithm>
#include <map>
#include <set>

#include "simulation/auditor.h"

// What must be true of the rows, whoever was told what.

namespace dibs::simulation {

Auditor::Auditor(const StoreRows& rows, const Observations& seen, Findings& findings)
    : rows_(rows), seen_(seen), findings_(findings) {
    for (const CouponRows& of_coupon : rows.coupons) {
        stories_.emplace_back(of_coupon);
        claimed_.emplace_back(of_coupon.registered.size(), false);
    }
}

void Auditor::audit() {
    std::int64_t coupon = 0;
    for (const Story& story : stories_) audit_stream(++coupon, story);
    audit_folds();
    for (const Asked& asked : seen_.asked) audit_answer(asked);
    audit_claims();
    audit_order_of_arrival();
    for (const StockOrder& order : seen_.orders) audit_stock_order(order);
    audit_reasons();
    for (const Look& look : seen_.looks) audit_look(look);
}

void Auditor::audit_history_since(const StoreRows& before) {
    for (std::size_t i = 0; i < before.coupons.size(); ++i) {
        const auto& then = before.coupons[i].history;
        const auto& now = rows_.coupons[i].history;
        const bool begins_as_then =
            now.size() >= then.size() && std::equal(then.begin(), then.end(), now.begin());
        if (!begins_as_then) findings_.add("coupon {}: history is not what it was", i + 1);
    }
}

void Auditor::audit_stream(std::int64_t coupon, const Story& story) {
    std::int64_t sequence = 0;
    for (const EventRow& row : story.rows().history) audit_event(story, row, ++sequence);

    std::size_t issued = 0;
    for (const EventRow& row : story.rows().history) {
        if (row.kind == "issued") ++issued;
    }
    if (issued != story.rows().registered.size()) {
        findings_.add("coupon {}: {} events issue and {} are registered", coupon, issued,
                      story.rows().registered.size());
    }
    for (const RegisteredRow& row : story.rows().registered) {
        if (row.sequence < 1 || row.sequence > sequence) {
            findings_.add("coupon {}: {} is registered and not in history", coupon, row.sequence);
            continue;
        }
        const EventRow& event = story.rows().history[static_cast<std::size_t>(row.sequence - 1)];
        const bool is_it = event.kind == "issued" && event.user == row.user &&
                           event.created_at == row.registered_at;
        if (!is_it) findings_.add("{}-{}: registered as history has it not", coupon, row.sequence);
        if (row.rank != story.issued_after(static_cast<std::size_t>(row.sequence))) {
            findings_.add("{}-{}: its rank is not {}", coupon, row.sequence, row.rank);
        }
        const TermsRow& terms = story.terms_for(row.sequence);
        if (row.registered_at < terms.from || row.registered_at > terms.to) {
            findings_.add("{}-{}: registered outside of the window", coupon, row.sequence);
        }
    }
    audit_limit(coupon, story);
    audit_live(coupon, story);
}

void Auditor::audit_event(const Story& story, const EventRow& row, std::int64_t sequence) {
    const auto place = static_cast<std::size_t>(sequence);
    if (row.sequence != sequence) {
        findings_.add("{}-{}: stands at place {}", row.coupon, row.sequence, sequence);
    }
    if (story.stock_after(place) < 0) findings_.add("{}-{}: oversold", row.coupon, sequence);
    if (row.stock_after != story.stock_after(place) ||
        row.issued_after != story.issued_after(place)) {
        findings_.add("{}-{}: says stock {} and issued {}; they are {} and {}", row.coupon,
                      sequence, row.stock_after, row.issued_after, story.stock_after(place),
                      story.issued_after(place));
    }
    const bool has_its_amount = row.kind == "issued"     ? row.amount == -1
                                : row.kind == "returned" ? row.amount == 1
                                : row.kind == "stocked"  ? row.amount > 0
                                                         : row.kind == "adjusted";
    if (!has_its_amount) {
        findings_.add("{}-{}: {} by {}", row.coupon, sequence, row.kind, row.amount);
    }
}

// Goes along the stream and counts what each user has.
void Auditor::audit_limit(std::int64_t coupon, const Story& story) {
    const std::int64_t limit = story.rows().terms.front().limit;
    std::map<std::string, std::int64_t> held;
    std::map<std::string, std::int64_t> last_nth;
    std::set<std::pair<std::string, std::string>> keys;
    for (const EventRow& row : story.rows().history) {
        if (row.kind == "returned") --held[row.user];
        if (row.kind != "issued") continue;
        if (++held[row.user] > limit) {
            findings_.add("{}-{}: duplicate: {} has {} of {}", coupon, row.sequence, row.user,
                          held[row.user], limit);
        }
    }
    for (const RegisteredRow& row : story.rows().registered) {
        if (row.nth != ++last_nth[row.user]) {
            findings_.add("{}-{}: duplicate: is {}'s {}th", coupon, row.sequence, row.user,
                          row.nth);
        }
        if (!row.key.empty() && !keys.emplace(row.user, row.key).second) {
            findings_.add("{}-{}: duplicate: {}'s key {}", coupon, row.sequence, row.user, row.key);
        }
    }
}

// What is live: one event for all that was folded, if anything was, and history's end.
void Auditor::audit_live(std::int64_t coupon, const Story& story) {
    const auto& live = story.rows().live;
    const auto& history = story.rows().history;
    std::size_t folded = 0;
    std::size_t first = 0;
    if (!live.empty() && live.front().kind == "cumulative") {
        const EventRow& row = live.front();
        folded = static_cast<std::size_t>(row.sequence);
        first = 1;
        const bool is_right = folded <= history.size() && row.amount == story.stock_after(folded) &&
                              row.stock_after == row.amount &&
                              row.issued_after == story.issued_after(folded);
        if (!is_right) findings_.add("coupon {}: folded wrongly up to {}", coupon, folded);
    }
    if (folded > history.size()) return;
    const bool is_the_end =
        live.size() - first == history.size() - folded &&
        std::equal(live.begin() + static_cast<std::ptrdiff_t>(first), live.end(),
                   history.begin() + static_cast<std::ptrdiff_t>(folded));
    if (!is_the_end) findings_.add("coupon {}: what is live is not history's end", coupon);
    if (live.size() > first && live[first].created_at < seen_.folded_until) {
        findings_.add("coupon {}: {} was to be folded and is not", coupon, live[first].sequence);
    }
}

void Auditor::audit_folds() {
    std::int64_t folded = 0;
    for (const Story& story : stories_) {
        const auto& live = story.rows().live;
        if (!live.empty() && live.front().kind == "cumulative") folded += live.front().sequence;
    }
    std::int64_t recorded = 0;
    for (const FoldRow& row : rows_.folds) {
        recorded += row.events_in;
        if (!row.finished_at) findings_.add("fold {} was never finished", row.run);
    }
    if (folded != recorded) {
        findings_.add("{} events are folded, and the runs folded {}", folded, recorded);
    }
}

const Story* Auditor::story_of(std::int64_t coupon) const {
    if (coupon < 1 || coupon > static_cast<std::int64_t>(stories_.size())) return nullptr;
    return &stories_[static_cast<std::size_t>(coupon - 1)];
}

}  // namespace dibs::simulation
