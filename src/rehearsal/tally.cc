#include "rehearsal/tally.h"

#include <algorithm>
#include <functional>

namespace dibs::rehearsal {

namespace {

using base::SteadyInstant;

// choice: bodies beyond this are parsed each time rather than kept for comparison.
constexpr std::size_t compared_body_max_bytes = 2048;
// choice: a service has a dozen codes; one that makes them up must not fill the memory.
constexpr std::size_t outcomes_max = 200;
constexpr std::string_view code_of_the_rest = "(other codes)";

AnswerKind kind_of(const Answer& answer) {
    if (answer.status == 201) return answer.is_replayed ? AnswerKind::replayed : AnswerKind::issued;
    if (answer.status < 400) return AnswerKind::done;
    return answer.status < 500 ? AnswerKind::refused : AnswerKind::failed;
}

std::uint64_t& counter_of(ProgressCounts& counts, AnswerKind kind) {
    switch (kind) {
        case AnswerKind::issued: return counts.issued;
        case AnswerKind::replayed: return counts.replayed;
        case AnswerKind::done: return counts.done;
        case AnswerKind::refused: return counts.refused;
        case AnswerKind::failed: break;
    }
    return counts.failed;
}

/// Whether the service leaves open what became of the request. It says so with this code; a 5xx
/// without any code is a gateway's, who can't know.
bool leaves_outcome_open(AnswerKind kind, std::string_view code) {
    return kind == AnswerKind::failed && (code.empty() || code == "outcome-unknown");
}

}  // namespace

Tally::Tally(const RequestPlan& plan, bool keeps_history)
    : plan_(plan), keeps_history_(keeps_history) {}

std::size_t Tally::outcome_named(unsigned status, std::string_view code, AnswerKind kind) {
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
        const Outcome& outcome = outcomes_[i];
        if (outcome.status == status && outcome.kind == kind && outcome.code == code) return i;
    }
    if (outcomes_.size() >= outcomes_max && code != code_of_the_rest) {
        return outcome_named(status, code_of_the_rest, kind);
    }
    outcomes_.push_back({status, std::string(code), kind, 0, std::nullopt});
    return outcomes_.size() - 1;
}

std::size_t Tally::outcome_of(const Answer& answer) {
    const AnswerKind kind = kind_of(answer);
    if (answer.status < 400) return outcome_named(answer.status, {}, kind);
    // Ten thousand refusals are the same bytes ten thousand times: comparing them costs a tenth of
    // parsing them.
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
        const Outcome& outcome = outcomes_[i];
        if (outcome.status == answer.status && outcome.last_body == answer.body) return i;
    }
    const std::size_t found = outcome_named(answer.status, read_problem_code(answer.body), kind);
    // A body too long to keep leaves the last one: it still says the same.
    if (answer.body.size() <= compared_body_max_bytes) outcomes_[found].last_body = answer.body;
    return found;
}

void Tally::count_answer(const SentRequest& request, SteadyInstant answered_at,
                         const Answer& answer) {
    const std::size_t place = outcome_of(answer);
    Outcome& outcome = outcomes_[place];
    ++outcome.count;
    ++counter_of(counts_, outcome.kind);
    latency_[static_cast<std::size_t>(outcome.kind)].record(answered_at - request.intended);
    last_answer_at_ = std::max(last_answer_at_, answered_at);

    std::int64_t rank = 0;
    if (answer.status == 201) {
        auto registration = read_registration(answer.body);
        if (registration) rank = registration->rank;
        const std::uint64_t hash = std::hash<std::string_view>{}(answer.body);
        issued_.push_back(
            {request, answered_at, answer.is_replayed, hash, std::move(registration)});
    }
    if (leaves_outcome_open(outcome.kind, outcome.code)) {
        unknown_.push_back({request.number, request.sent_at});
    }
    if (keeps_history_) {
        history_.push_back({request, answered_at, static_cast<std::uint16_t>(place), rank});
    }
}

void Tally::count_no_answer(const SentRequest& request, SteadyInstant given_up_at, NoAnswer why) {
    ++counts_.unanswered;
    switch (why) {
        case NoAnswer::cut_off: ++cut_off_; break;
        case NoAnswer::timed_out: ++timed_out_; break;
        case NoAnswer::malformed: ++malformed_; break;
    }
    unknown_.push_back({request.number, request.sent_at});
    if (keeps_history_) history_.push_back({request, given_up_at, HistoryEntry::no_outcome, 0});
}

void Tally::add_latencies_to(LatencyHistogram& all) const {
    for (const LatencyHistogram& of_kind : latency_) all.add(of_kind);
}

void Tally::add_issued_to(CrowdResult& result, SteadyInstant start) const {
    for (const Issued& issued : issued_) {
        IssuedAnswer answer;
        answer.user = plan_.users().name_of(plan_.user_of(issued.request.number));
        answer.idempotency_key = plan_.key_of(issued.request.number);
        answer.asked_coupon_id = plan_.coupon_of(issued.request.number);
        answer.is_readable = issued.registration.has_value();
        if (issued.registration) answer.registration = *issued.registration;
        answer.is_replayed = issued.is_replayed;
        answer.body_hash = issued.body_hash;
        answer.node = issued.request.node;
        answer.sent_at = issued.request.sent_at - start;
        answer.answered_at = issued.answered_at - start;
        result.issued.push_back(std::move(answer));
    }
}

void Tally::add_to(CrowdResult& result, SteadyInstant start) const {
    result.sent += counts_.sent;
    result.cut_off += cut_off_;
    result.timed_out += timed_out_;
    result.malformed += malformed_;
    for (std::size_t i = 0; i < latency_.size(); ++i) result.latency[i].add(latency_[i]);

    std::vector<std::uint16_t> place_in_result;
    for (const Outcome& outcome : outcomes_) {
        const auto same = std::ranges::find_if(result.outcomes, [&](const OutcomeCount& other) {
            return other.status == outcome.status && other.kind == outcome.kind &&
                   other.code == outcome.code;
        });
        place_in_result.push_back(
            static_cast<std::uint16_t>(std::distance(result.outcomes.begin(), same)));
        if (same != result.outcomes.end()) {
            same->count += outcome.count;
        } else {
            result.outcomes.push_back({outcome.status, outcome.code, outcome.kind, outcome.count});
        }
    }
    add_issued_to(result, start);
    for (const Unknown& unknown : unknown_) {
        result.unknown.push_back({plan_.users().name_of(plan_.user_of(unknown.number)),
                                  plan_.key_of(unknown.number), unknown.sent_at - start});
    }
    for (const Past& past : history_) {
        const bool was_answered = past.outcome != HistoryEntry::no_outcome;
        result.history.push_back(
            {past.request.number, plan_.user_of(past.request.number),
             was_answered ? place_in_result[past.outcome] : HistoryEntry::no_outcome, past.rank,
             past.request.sent_at - start, past.ended_at - start});
    }
}

}  // namespace dibs::rehearsal
