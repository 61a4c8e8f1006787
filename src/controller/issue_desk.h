#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "http/reply.h"
#include "issuing/pending_issue.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"
#include "metrics/registry.h"

namespace dibs::controller {

/// What is counted of the requests for coupons.
class IssueMetrics {
public:
    explicit IssueMetrics(metrics::Registry& registry);

    void count(const base::Result<issuing::IssueResult>& result, std::chrono::nanoseconds took);

private:
    std::array<metrics::Counter*, domain::issue_outcome_count> outcomes_{};
    metrics::Counter& failures_;
    metrics::Histogram& issued_duration_;
    metrics::Histogram& refused_duration_;
};

/// Where one HTTP thread keeps the replies of those who asked for a coupon, until their answers
/// come.
///
/// Everything but `take` is for that thread alone; `take` is the committer's.
class IssueDesk final : public issuing::AnswerDesk {
public:
    /// Both must outlive it.
    IssueDesk(http::Loop& loop, IssueMetrics& metrics, const base::Clock& clock);

    /// Keeps a reply and gives the ticket that its answer will name.
    [[nodiscard]] std::uint64_t keep(http::Reply reply, base::SteadyInstant arrived_at);

    /// Sends the answer to the reply that the ticket stands for; the ticket is used up.
    void answer(std::uint64_t ticket, const base::Result<issuing::IssueResult>& result);

    /// Hands a whole group's answers to the thread, with one wake-up.
    void take(std::vector<issuing::IssueAnswer> answers) override;

private:
    struct Kept {
        http::Reply reply;
        base::SteadyInstant arrived_at;
    };

    http::Loop& loop_;
    IssueMetrics& metrics_;
    const base::Clock& clock_;
    // A ticket is a place here. Places are used again, so that nothing is allocated once the desk
    // has seen as many at once as there ever are.
    std::vector<std::optional<Kept>> kept_;
    std::vector<std::uint64_t> free_places_;
};

}  // namespace dibs::controller
