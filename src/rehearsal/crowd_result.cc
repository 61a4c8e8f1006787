#include "rehearsal/crowd_result.h"

#include <algorithm>
#include <numeric>

namespace dibs::rehearsal {

std::string_view name_of(AnswerKind kind) {
    switch (kind) {
        case AnswerKind::issued: return "issued";
        case AnswerKind::replayed: return "replayed";
        case AnswerKind::done: return "done";
        case AnswerKind::refused: return "refused";
        case AnswerKind::failed: return "failed";
    }
    return "unknown";
}

std::uint64_t CrowdResult::answered() const {
    std::uint64_t sum = 0;
    for (const LatencyHistogram& of_kind : latency) sum += of_kind.count();
    return sum;
}

std::uint64_t CrowdResult::count_of(AnswerKind kind) const {
    return latency_of(kind).count();
}

const LatencyHistogram& CrowdResult::latency_of(AnswerKind kind) const {
    return latency[static_cast<std::size_t>(kind)];
}

LatencyHistogram CrowdResult::latency_of_all() const {
    LatencyHistogram all;
    for (const LatencyHistogram& of_kind : latency) all.add(of_kind);
    return all;
}

double CrowdResult::answers_per_second() const {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    return seconds > 0 ? static_cast<double>(answered()) / seconds : 0;
}

void CrowdResult::put_in_order() {
    std::vector<std::uint16_t> places(outcomes.size());
    std::iota(places.begin(), places.end(), std::uint16_t{0});
    std::ranges::stable_sort(places, [&](std::uint16_t one, std::uint16_t other) {
        if (outcomes[one].kind != outcomes[other].kind) {
            return outcomes[one].kind < outcomes[other].kind;
        }
        return outcomes[one].count > outcomes[other].count;
    });
    std::vector<OutcomeCount> ordered;
    std::vector<std::uint16_t> new_place(outcomes.size());
    for (const std::uint16_t place : places) {
        new_place[place] = static_cast<std::uint16_t>(ordered.size());
        ordered.push_back(std::move(outcomes[place]));
    }
    outcomes = std::move(ordered);
    for (HistoryEntry& entry : history) {
        if (entry.outcome != HistoryEntry::no_outcome) entry.outcome = new_place[entry.outcome];
    }
    std::ranges::stable_sort(history, {}, &HistoryEntry::sent_at);
    std::ranges::stable_sort(issued, {}, &IssuedAnswer::answered_at);
    std::ranges::stable_sort(unknown, {}, &UnknownRequest::sent_at);
}

}  // namespace dibs::rehearsal
