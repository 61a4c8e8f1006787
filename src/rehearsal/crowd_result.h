#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "rehearsal/answer_body.h"
#include "rehearsal/latency_histogram.h"

namespace dibs::rehearsal {

/// What an answer means to the customer who gets it.
enum class AnswerKind : std::uint8_t {
    issued,    ///< 201: a coupon, now.
    replayed,  ///< 201 with `Idempotent-Replayed`: the coupon that an earlier request got.
    done,      ///< Any other 2xx or 3xx.
    refused,   ///< 4xx: no coupon, for a reason.
    failed,    ///< 5xx: the service could not say.
};
inline constexpr std::size_t answer_kind_count = 5;

[[nodiscard]] std::string_view name_of(AnswerKind kind);

/// How often a status came with a problem code (empty for answers that are no problem).
struct OutcomeCount {
    unsigned status = 0;
    std::string code;
    AnswerKind kind = AnswerKind::done;
    std::uint64_t count = 0;
};

/// A 201, with what the audit needs. Moments count from the crowd's start.
struct IssuedAnswer {
    std::string user;
    std::string idempotency_key;
    std::int64_t asked_coupon_id = 0;
    RegistrationBody registration;  ///< All empty if the body could not be read.
    bool is_readable = true;
    bool is_replayed = false;
    std::uint64_t body_hash = 0;  ///< Of the whole body: equal for replays.
    std::uint16_t node = 0;       ///< Who answered, by its place among the nodes.
    std::chrono::nanoseconds sent_at{0};
    std::chrono::nanoseconds answered_at{0};
};

/// A request of which nobody can tell whether it was done: no answer, one that is no HTTP, a 503
/// `outcome-unknown`, or a 5xx that no problem explains (a gateway's).
struct UnknownRequest {
    std::string user;
    std::string idempotency_key;
    std::chrono::nanoseconds sent_at{0};
};

/// One request from start to end, for checks of the whole history.
struct HistoryEntry {
    static constexpr std::uint16_t no_outcome = 0xFFFF;  ///< There was no answer.

    std::uint64_t request = 0;           ///< Its number in the crowd.
    std::uint32_t user = 0;              ///< The user's index.
    std::uint16_t outcome = no_outcome;  ///< Which of `CrowdResult::outcomes`.
    std::int64_t rank = 0;               ///< 0: none was issued.
    std::chrono::nanoseconds sent_at{0};
    std::chrono::nanoseconds ended_at{0};  ///< Answered or given up.
};

/// What a crowd saw.
struct CrowdResult {
    base::Instant started_at;
    std::uint64_t sent = 0;
    std::uint64_t cut_off = 0;     ///< Unanswered: the connection broke.
    std::uint64_t timed_out = 0;   ///< Unanswered: given up after the answer's time-out.
    std::uint64_t malformed = 0;   ///< Answered with what is not HTTP/1.1.
    std::uint64_t never_sent = 0;  ///< Due, but no connection was free until the end.

    /// By kind; of one kind the most frequent first.
    std::vector<OutcomeCount> outcomes;
    /// By `AnswerKind`; from the intended start in the open loop, else from sending.
    std::array<LatencyHistogram, answer_kind_count> latency;
    std::vector<IssuedAnswer> issued;     ///< Replays included, in the order of the answers.
    std::vector<UnknownRequest> unknown;  ///< In the order of sending.
    std::vector<HistoryEntry> history;    ///< If kept, in the order of sending.

    std::size_t connections_wanted = 0;
    std::size_t connections_open = 0;  ///< At the start.
    std::uint64_t reconnections = 0;
    std::chrono::nanoseconds connecting_took{0};
    /// Until every connection that was open at the start had sent its first request.
    std::chrono::nanoseconds first_wave_took{0};
    /// From the start to the last answer.
    std::chrono::nanoseconds elapsed{0};
    /// What the crowd itself cost, all its threads together, from the start on.
    std::chrono::nanoseconds processor_time{0};
    bool was_stopped = false;
    /// What a reader of the figures must know, in whole sentences.
    std::vector<std::string> notes;

    [[nodiscard]] std::uint64_t answered() const;
    [[nodiscard]] std::uint64_t count_of(AnswerKind kind) const;
    [[nodiscard]] std::uint64_t unanswered() const { return cut_off + timed_out; }
    /// Of the answers of one kind, or of all together.
    [[nodiscard]] const LatencyHistogram& latency_of(AnswerKind kind) const;
    [[nodiscard]] LatencyHistogram latency_of_all() const;
    /// Answers per second, over `elapsed`.
    [[nodiscard]] double answers_per_second() const;

    /// Puts what several threads saw in the order that the fields promise.
    void put_in_order();
};

}  // namespace dibs::rehearsal
