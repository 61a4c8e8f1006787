#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "rehearsal/answer.h"
#include "rehearsal/answer_body.h"
#include "rehearsal/crowd_result.h"
#include "rehearsal/progress.h"
#include "rehearsal/request_plan.h"

namespace dibs::rehearsal {

/// A request that was sent, from which its latency counts.
struct SentRequest {
    std::uint64_t number = 0;
    base::SteadyInstant intended;  ///< Its latency counts from here.
    base::SteadyInstant sent_at;
    std::uint16_t node = 0;  ///< Which node it was sent to; the pool says.
};

/// Why there is no answer to a request.
enum class NoAnswer : std::uint8_t { cut_off, timed_out, malformed };

/// Counts what one thread of the crowd sees. Keeps every 201 and every unknown outcome; of the
/// rest only counts, unless the history is wanted. Belongs to one thread.
class Tally {
public:
    /// `plan` must outlive the tally.
    Tally(const RequestPlan& plan, bool keeps_history);

    void count_sent() { ++counts_.sent; }
    void count_answer(const SentRequest& request, base::SteadyInstant answered_at,
                      const Answer& answer);
    void count_no_answer(const SentRequest& request, base::SteadyInstant given_up_at, NoAnswer why);

    /// What a display shows while the crowd runs.
    [[nodiscard]] const ProgressCounts& counts() const { return counts_; }
    void add_latencies_to(LatencyHistogram& all) const;

    [[nodiscard]] base::SteadyInstant last_answer_at() const { return last_answer_at_; }

    /// Adds all this to what other threads saw; moments count from `start`.
    void add_to(CrowdResult& result, base::SteadyInstant start) const;

private:
    struct Outcome {
        unsigned status;
        std::string code;
        AnswerKind kind;
        std::uint64_t count;
        std::optional<std::string> last_body;  ///< Most answers of an outcome are alike.
    };
    struct Issued {
        SentRequest request;
        base::SteadyInstant answered_at;
        bool is_replayed;
        std::uint64_t body_hash;
        std::optional<RegistrationBody> registration;
    };
    struct Unknown {
        std::uint64_t number;
        base::SteadyInstant sent_at;
    };
    struct Past {
        SentRequest request;
        base::SteadyInstant ended_at;
        std::uint16_t outcome;
        std::int64_t rank;
    };

    std::size_t outcome_of(const Answer& answer);
    std::size_t outcome_named(unsigned status, std::string_view code, AnswerKind kind);
    void add_issued_to(CrowdResult& result, base::SteadyInstant start) const;

    const RequestPlan& plan_;
    const bool keeps_history_;
    ProgressCounts counts_;
    std::uint64_t cut_off_ = 0;
    std::uint64_t timed_out_ = 0;
    std::uint64_t malformed_ = 0;
    std::vector<Outcome> outcomes_;
    std::array<LatencyHistogram, answer_kind_count> latency_;
    std::vector<Issued> issued_;
    std::vector<Unknown> unknown_;
    std::vector<Past> history_;
    base::SteadyInstant last_answer_at_{};
};

}  // namespace dibs::rehearsal
