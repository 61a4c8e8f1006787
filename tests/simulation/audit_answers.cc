#include <algorithm>
#include <map>
#include <tuple>

#include "simulation/auditor.h"

// What everybody who asked was told.

namespace dibs::simulation {

namespace {

// What is promised of a refusal that another node has made untrue: within a second.
constexpr Time stale_max = 1'000'000;

bool is_zero(std::int64_t stock) {
    return stock == 0;
}

bool is_same(const HeldSeen& seen, const RegisteredRow& row) {
    return seen.coupon == row.coupon && seen.sequence == row.sequence && seen.user == row.user &&
           seen.nth == row.nth && seen.rank == row.rank && seen.key == row.key &&
           seen.registered_at == row.registered_at;
}

/// Whether somebody could not have got one at an event: they held as many as they may, or had come
/// outside of the window. Whose group was in doubt is decided again, and may get a later one then.
bool had_no_right(const Asked& asked, const Story& story, std::int64_t sequence) {
    const TermsRow& terms = story.terms_for(sequence);
    if (asked.arrived_at < terms.from || asked.arrived_at > terms.to) return true;
    const Time at = story.rows().history[static_cast<std::size_t>(sequence - 1)].written_at;
    return std::ranges::any_of(story.held_between(asked.user, at, at), [&](const auto& held) {
        return static_cast<std::int64_t>(held.size()) >= terms.limit;
    });
}

}  // namespace

void Auditor::audit_answer(const Asked& asked) {
    if (!asked.is_answered) {
        if (!asked.is_lost) findings_.add("#{} was never answered", asked.number);
        return;
    }
    if (asked.is_failure) return audit_failure(asked);
    const Story* const story = story_of(asked.coupon);
    if (asked.answer == "coupon-not-found") {
        const bool was_there =
            story != nullptr && story->rows().terms.front().written_at < asked.asked_at;
        if (was_there) findings_.add("#{}: there is a coupon {}", asked.number, asked.coupon);
        return;
    }
    if (story == nullptr) {
        return findings_.add("#{}: {} of no coupon", asked.number, asked.answer);
    }
    audit_held(asked, *story);
    audit_refusal(asked, *story);
    audit_precedence(asked, *story);
    audit_terms(asked, *story);
}

void Auditor::audit_failure(const Asked& asked) {
    const std::string& answer = asked.answer;
    const auto expect = [&](bool is_allowed) {
        if (!is_allowed) findings_.add("#{}: {} for no reason", asked.number, answer);
    };
    const bool is_refused_user = seen_.refused.contains(asked.user);
    if (answer == "expired") return expect(asked.answered_at >= asked.deadline);
    if (asked.asked_at >= seen_.calm_from) return expect(answer == "refused" && is_refused_user);
    if (answer == "overloaded" || answer == "stopping") return expect(asked.is_at_once);
    if (answer == "refused") return expect(is_refused_user || seen_.may_refuse_anybody);
    if (answer == "in-doubt") return expect(seen_.may_doubt);
    if (answer == "corrupted") return expect(seen_.may_corrupt);
    expect(answer == "unavailable" || answer == "conflict");
}

// Everything that an answer shows is there, as it shows it.
void Auditor::audit_held(const Asked& asked, const Story& story) {
    for (const HeldSeen& held : asked.held) {
        const RegisteredRow* const row = story.find(held.sequence);
        const bool is_there = row != nullptr && is_same(held, *row) && held.user == asked.user &&
                              row->written_at <= asked.answered_at;
        if (!is_there) {
            findings_.add("#{}: lost: told {} of {}-{}", asked.number, asked.answer, asked.coupon,
                          held.sequence);
        }
    }
    if (asked.answer == "issued" || asked.answer == "replayed") {
        if (asked.held.size() != 1) {
            return findings_.add("#{}: {} {} coupons", asked.number, asked.answer,
                                 asked.held.size());
        }
    }
    if (asked.answer == "issued") {
        const HeldSeen& held = asked.held.front();
        if (held.key != asked.key || held.registered_at != asked.arrived_at) {
            findings_.add("#{}: was issued what another request got", asked.number);
        }
        for (std::size_t i = 0; i < story.rows().registered.size(); ++i) {
            if (story.rows().registered[i].sequence != held.sequence) continue;
            auto claimed = claimed_[static_cast<std::size_t>(asked.coupon - 1)].begin() +
                           static_cast<std::ptrdiff_t>(i);
            if (*claimed) {
                findings_.add("#{}: duplicate: {}-{} was issued to another request, too",
                              asked.number, asked.coupon, held.sequence);
            }
            *claimed = true;
        }
    }
    if (asked.answer == "replayed" && (asked.key.empty() || asked.held.front().key != asked.key)) {
        findings_.add("#{}: was replayed what another key got", asked.number);
    }
}

// Who was refused was refused for what was true while they waited.
void Auditor::audit_refusal(const Asked& asked, const Story& story) {
    const Time from = looked_since(asked);
    const Time to = asked.answered_at;
    if (asked.answer == "coupon-sold-out") {
        if (story.first_place(from, to, is_zero) < 0) {
            findings_.add("#{}: told sold out of coupon {}, which was not", asked.number,
                          asked.coupon);
        }
    } else if (asked.answer == "coupon-not-started" || asked.answer == "coupon-ended") {
        const bool is_early = asked.answer == "coupon-not-started";
        const bool is_true = story.had_terms(from, to, [&](const TermsRow& terms) {
            return is_early ? terms.from > asked.arrived_at : terms.to < asked.arrived_at;
        });
        if (!is_true) findings_.add("#{}: told {}, which is not so", asked.number, asked.answer);
        if (story.first_place(from, to, [](std::int64_t stock) { return stock > 0; }) < 0) {
            findings_.add("#{}: told {} of what was sold out", asked.number, asked.answer);
        }
    } else if (asked.answer == "coupon-already-registered") {
        std::vector<std::int64_t> told;
        for (const HeldSeen& held : asked.held) told.push_back(held.sequence);
        const auto held = story.held_between(asked.user, from, to);
        const bool was_so = std::ranges::find(held, told) != held.end();
        if (!was_so || static_cast<std::int64_t>(told.size()) < story.rows().terms.front().limit) {
            findings_.add("#{}: told to hold {} of coupon {}, which is not so", asked.number,
                          told.size(), asked.coupon);
        }
    } else if (asked.answer != "issued" && asked.answer != "replayed") {
        findings_.add("#{}: told {}", asked.number, asked.answer);
    }
}

// Who holds a coupon is told so, whatever else is true.
void Auditor::audit_precedence(const Asked& asked, const Story& story) {
    const Time from = looked_since(asked);
    if (const RegisteredRow* const row = story.find_key(asked.user, asked.key)) {
        const bool is_its_own = asked.answer == "issued";
        if (row->written_at < from && asked.answer != "replayed" && !is_its_own) {
            findings_.add("#{}: told {}, and its key has {}-{}", asked.number, asked.answer,
                          asked.coupon, row->sequence);
        }
    }
    if (asked.answer == "replayed" || asked.answer == "coupon-already-registered") return;
    const auto held = story.held_between(asked.user, from, asked.answered_at);
    const bool held_all_the_time = std::ranges::all_of(held, [&](const auto& at_a_moment) {
        return static_cast<std::int64_t>(at_a_moment.size()) >= story.rows().terms.front().limit;
    });
    if (held_all_the_time) {
        findings_.add("#{}: told {}, and {} held as many of coupon {} as they may", asked.number,
                      asked.answer, asked.user, asked.coupon);
    }
}

// The answer to a key shows the terms that the first answer showed: those of its place.
void Auditor::audit_terms(const Asked& asked, const Story& story) {
    if (asked.answer != "issued" && asked.answer != "replayed") return;
    if (asked.held.size() != 1) return;
    if (!asked.terms) return findings_.add("#{}: told no terms", asked.number);
    const TermsRow& row = story.terms_for(asked.held.front().sequence);
    if (*asked.terms == TermsSeen{row.name, row.from, row.to, row.limit}) return;
    // Where the first terms can't be read, today's are shown.
    const auto blind = std::ranges::lower_bound(seen_.blind, asked.asked_at);
    if (blind != seen_.blind.end() && *blind <= asked.answered_at) return;
    findings_.add("#{}: {} with other terms than {}-{} has", asked.number, asked.answer,
                  asked.coupon, asked.held.front().sequence);
}

// Whatever is registered was told to somebody, or may have been: their node died, or they were told
// that it isn't known. Who was told that nothing was written has nothing there.
void Auditor::audit_claims() {
    using Mark = std::tuple<std::int64_t, std::string, std::string, std::int64_t>;
    std::map<Mark, int> unknown;
    for (const Asked& asked : seen_.asked) {
        const bool is_unknown = asked.is_answered ? asked.answer == "in-doubt" : asked.is_lost;
        if (is_unknown) ++unknown[{asked.coupon, asked.user, asked.key, asked.arrived_at}];
    }
    for (std::size_t coupon = 0; coupon < rows_.coupons.size(); ++coupon) {
        const auto& registered = rows_.coupons[coupon].registered;
        for (std::size_t i = 0; i < registered.size(); ++i) {
            if (claimed_[coupon][i]) continue;
            const RegisteredRow& row = registered[i];
            int& count = unknown[{row.coupon, row.user, row.key, row.registered_at}];
            if (--count < 0) {
                findings_.add("{}-{} was issued to {}, and nobody may have been told so",
                              row.coupon, row.sequence, row.user);
            }
        }
    }
}

// Of those who came to one node for one coupon, whoever came first was served first.
void Auditor::audit_order_of_arrival() {
    struct Last {
        const Asked* issued = nullptr;
        const Asked* refused = nullptr;  // After the last one who was issued.
    };
    std::map<std::pair<int, std::int64_t>, Last> lasts;
    for (const Asked& asked : seen_.asked) {
        Last& last = lasts[{asked.node, asked.coupon}];
        if (asked.answer == "coupon-sold-out" && !asked.is_at_once && last.refused == nullptr) {
            last.refused = &asked;
        }
        if (asked.answer != "issued" || asked.held.size() != 1) continue;
        const std::int64_t sequence = asked.held.front().sequence;
        const Story* const story = story_of(asked.coupon);
        if (story == nullptr || story->find(sequence) == nullptr) continue;  // Said elsewhere.
        if (last.issued != nullptr && last.issued->held.front().sequence >= sequence &&
            !had_no_right(*last.issued, *story, sequence)) {
            findings_.add("#{}: got {}-{} before #{}, who came first", asked.number, asked.coupon,
                          sequence, last.issued->number);
        }
        if (last.refused != nullptr) {
            const std::int64_t empty_at =
                story->first_place(last.refused->asked_at, last.refused->answered_at, is_zero);
            if (empty_at >= sequence) {
                findings_.add("#{}: got {}-{}, and #{}, who came first, was told sold out",
                              asked.number, asked.coupon, sequence, last.refused->number);
            }
        }
        last = {&asked, nullptr};
    }
}

// What was looked at for an answer is no older than the question. But who is refused at once is
// refused by what the node remembers: it has a second to hear of another node's restock, in which
// it doesn't stand still, and none for its own.
Time Auditor::looked_since(const Asked& asked) const {
    if (!asked.is_at_once) return asked.asked_at;
    Time since = asked.asked_at - stale_max;
    for (auto rest = seen_.standstills.rbegin(); rest != seen_.standstills.rend(); ++rest) {
        if (rest->node != asked.node || rest->from > asked.asked_at || rest->to < since) continue;
        since -= std::min(rest->to, asked.asked_at) - rest->from;
    }
    for (const StockOrder& order : seen_.orders) {
        const bool has_opened = order.node == asked.node && order.coupon == asked.coupon &&
                                order.is_answered && order.answered_at < asked.asked_at;
        if (has_opened) since = std::max(since, order.answered_at);
    }
    return since;
}

}  // namespace dibs::simulation
