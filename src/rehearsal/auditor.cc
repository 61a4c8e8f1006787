#include "rehearsal/auditor.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace dibs::rehearsal {

// What the crowd was told, judged by itself. An answer that repeats an earlier one (a replay) is no
// second registration, so first all answers are gathered by the registration that they name.

namespace {

using std::chrono::nanoseconds;

constexpr Check all_checks[] = {
    Check::oversold,           Check::lost,
    Check::over_limit,         Check::shared_registration,
    Check::shared_rank,        Check::rank_gap,
    Check::stored_differently, Check::unexplained,
    Check::replay_differs,     Check::out_of_order,
    Check::overtaken,          Check::unreadable,
};

/// The ranks between these two that nobody has, as a person would say it.
std::string missing_between(std::int64_t before, std::int64_t after) {
    if (after - before == 2) return fmt::format("nobody has rank {}", before + 1);
    return fmt::format("nobody has the ranks {} to {}", before + 1, after - 1);
}

}  // namespace

Auditor::Auditor(const CrowdResult& result, const AuditTerms& terms)
    : result_(result), terms_(terms) {
    for (const Check check : all_checks) report_.checks.push_back({check, false, {}});
    for (const UnknownRequest& request : result.unknown) ++unknown_[request.user];
    report_.unknown = result.unknown.size();
}

void Auditor::look_for(Check check) {
    report_.checks[static_cast<std::size_t>(check)].was_made = true;
}

void Auditor::add(Check check, Finding finding) {
    report_.checks[static_cast<std::size_t>(check)].findings.push_back(std::move(finding));
}

void Auditor::add(Check check, const IssuedAnswer& answer, std::string what) {
    add(check,
        Finding{answer.user, answer.registration.id, answer.registration.rank, std::move(what)});
}

bool Auditor::is_of_crowd(std::string_view user) const {
    return !terms_.is_of_crowd || terms_.is_of_crowd(user);
}

void Auditor::check_answers() {
    gather();
    check_replays();
    check_limits();
    check_ranks();
    check_order();
    check_overtaking();
    check_stock_kept();
}

void Auditor::gather() {
    look_for(Check::unreadable);
    look_for(Check::shared_registration);
    for (const IssuedAnswer& answer : result_.issued) {
        if (!answer.is_readable) {
            add(Check::unreadable, answer, "the body of a 201 is no registered coupon");
        } else if (answer.registration.coupon_id != terms_.coupon_id) {
            add(Check::unreadable, answer,
                fmt::format("asked for coupon {}, got coupon {}", terms_.coupon_id,
                            answer.registration.coupon_id));
        } else {
            acknowledge(answer);
        }
    }
    report_.acknowledged = acknowledged_.size();
    std::ranges::stable_sort(acknowledged_, {}, &Acknowledged::rank);
    for (std::size_t i = 0; i < acknowledged_.size(); ++i) {
        place_of_[acknowledged_[i].answer->registration.id] = i;
    }
}

void Auditor::acknowledge(const IssuedAnswer& answer) {
    if (answer.is_replayed) ++report_.replayed;
    const nanoseconds asked_at = answer.is_replayed ? nanoseconds::min() : answer.sent_at;
    const auto [place, is_new] =
        place_of_.try_emplace(answer.registration.id, acknowledged_.size());
    if (is_new) {
        acknowledged_.push_back({&answer, asked_at, answer.answered_at});
        return;
    }
    Acknowledged& first = acknowledged_[place->second];
    check_sharing(first, answer);
    if (first.answer->is_replayed && !answer.is_replayed) {
        first.answer = &answer;
        first.asked_at = asked_at;
    }
    first.known_at = std::min(first.known_at, answer.answered_at);
}

void Auditor::check_sharing(const Acknowledged& first, const IssuedAnswer& other) {
    const IssuedAnswer& one = *first.answer;
    if (one.user != other.user) {
        add(Check::shared_registration, other, fmt::format("was given to {}, too", one.user));
    } else if (!one.is_replayed && !other.is_replayed) {
        add(Check::shared_registration, other, "was given twice, and neither was a replay");
    } else if (one.idempotency_key != other.idempotency_key) {
        add(Check::shared_registration, other,
            fmt::format("was given for the keys {} and {}", one.idempotency_key,
                        other.idempotency_key));
    }
}

void Auditor::check_replays() {
    std::map<std::pair<std::string_view, std::string_view>, const IssuedAnswer*> first_of;
    for (const IssuedAnswer& answer : result_.issued) {
        if (answer.idempotency_key.empty()) continue;
        look_for(Check::replay_differs);
        const auto [place, is_new] =
            first_of.try_emplace({answer.user, answer.idempotency_key}, &answer);
        const IssuedAnswer& first = *place->second;
        if (is_new) continue;
        if (first.registration != answer.registration) {
            add(Check::replay_differs, answer,
                fmt::format("the same key got {} before", first.registration.id));
        } else if (first.body_hash != answer.body_hash) {
            add(Check::replay_differs, answer, "the body is not the same to the byte");
        }
    }
}

void Auditor::check_limits() {
    look_for(Check::over_limit);
    std::unordered_map<std::string_view, std::int64_t> held_by;
    for (const Acknowledged& registration : acknowledged_) {
        const std::int64_t held = ++held_by[registration.answer->user];
        if (held <= terms_.limit_per_user) continue;
        add(Check::over_limit, *registration.answer,
            fmt::format("the user got {}, the limit is {}", held, terms_.limit_per_user));
    }
}

void Auditor::check_ranks() {
    look_for(Check::shared_rank);
    // Others' ranks leave holes in the crowd's; only the whole list can tell then.
    const bool is_alone = !terms_.is_of_crowd;
    if (is_alone) look_for(Check::rank_gap);
    std::vector<Finding> gaps;
    std::uint64_t missing = 0;
    std::int64_t before = terms_.issued_before;
    for (const Acknowledged& registration : acknowledged_) {
        const std::int64_t rank = registration.rank();
        // A replay may be of what was issued before this crowd came.
        if (rank <= terms_.issued_before && registration.answer->is_replayed) continue;
        if (rank <= terms_.issued_before) {
            add(Check::shared_rank, *registration.answer,
                fmt::format("ranks up to {} had been given before", terms_.issued_before));
            continue;
        }
        if (rank == before) {
            add(Check::shared_rank, *registration.answer, "another registration has this rank");
        } else if (rank > before + 1) {
            missing += static_cast<std::uint64_t>(rank - before - 1);
            gaps.push_back({{}, {}, before + 1, missing_between(before, rank)});
        }
        before = rank;
    }
    // A request whose outcome is unknown may have taken a rank.
    if (!is_alone || missing <= report_.unknown) return;
    for (Finding& gap : gaps) add(Check::rank_gap, std::move(gap));
}

// The place in the stream is one order for everybody. A time of registration is that of the arrival
// at a node, so times follow the ranks node by node: what two nodes were asked at the same time is
// ranked as their groups come to the books.
void Auditor::check_order() {
    look_for(Check::out_of_order);
    std::unordered_map<std::uint16_t, const RegistrationBody*> last_of_node;
    if (!acknowledged_.empty()) {
        const IssuedAnswer& first = *acknowledged_.front().answer;
        last_of_node[first.node] = &first.registration;
    }
    for (std::size_t i = 1; i < acknowledged_.size(); ++i) {
        const RegistrationBody& before = acknowledged_[i - 1].answer->registration;
        const IssuedAnswer& answer = *acknowledged_[i].answer;
        if (sequence_of(answer.registration.id) <= sequence_of(before.id)) {
            add(Check::out_of_order, answer,
                fmt::format("its place in the stream is not after that of {}, rank {}", before.id,
                            before.rank));
        }
        const RegistrationBody*& last = last_of_node[answer.node];
        if (terms_.has_one_clock && last != nullptr &&
            answer.registration.registered_at < last->registered_at) {
            add(Check::out_of_order, answer,
                fmt::format("it was registered earlier than {}, rank {}", last->id, last->rank));
        }
        last = &answer.registration;
    }
}

void Auditor::check_overtaking() {
    look_for(Check::overtaken);
    // From the last rank backwards: nobody may have asked only after one who came later in rank
    // knew already.
    nanoseconds first_known = nanoseconds::max();
    const IssuedAnswer* who = nullptr;
    for (std::size_t i = acknowledged_.size(); i-- > 0;) {
        const Acknowledged& registration = acknowledged_[i];
        if (who != nullptr && registration.asked_at > first_known) {
            add(Check::overtaken, *who,
                fmt::format("{} asked after this was answered, and got rank {}",
                            registration.answer->user, registration.rank()));
        }
        if (registration.known_at < first_known) {
            first_known = registration.known_at;
            who = registration.answer;
        }
    }
}

void Auditor::check_stock_kept() {
    if (!terms_.stock) return;
    look_for(Check::oversold);
    std::int64_t given = terms_.issued_before;
    for (const Acknowledged& registration : acknowledged_) {
        if (registration.rank() <= terms_.issued_before) continue;
        ++given;
        // Whichever shows it: a rank beyond the stock, or too many of them.
        if (given <= *terms_.stock && registration.rank() <= *terms_.stock) continue;
        add(Check::oversold, *registration.answer,
            fmt::format("there were {} in all", *terms_.stock));
    }
}

std::vector<std::string> Auditor::users_to_look_up() const {
    std::vector<std::string> users;
    for (const IssuedAnswer& answer : result_.issued) users.push_back(answer.user);
    for (const UnknownRequest& request : result_.unknown) users.push_back(request.user);
    std::ranges::sort(users);
    const auto repeated = std::ranges::unique(users);
    users.erase(repeated.begin(), repeated.end());
    return users;
}

}  // namespace dibs::rehearsal
