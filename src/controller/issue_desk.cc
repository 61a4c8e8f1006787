#include "controller/issue_desk.h"

#include <memory>
#include <string>
#include <utility>

#include "base/ensure.h"
#include "controller/answer.h"
#include "controller/wire_format.h"

namespace dibs::controller {

using base::Result;
using domain::IssueOutcome;
using issuing::IssueResult;

namespace {

constexpr auto outcomes = std::to_array<IssueOutcome>(
    {IssueOutcome::coupon_not_found, IssueOutcome::replayed, IssueOutcome::already_registered,
     IssueOutcome::sold_out, IssueOutcome::not_started, IssueOutcome::ended, IssueOutcome::issued});
static_assert(outcomes.size() == domain::issue_outcome_count);

constexpr const char* total_name = "dibs_issue_total";
constexpr const char* total_help = "Answers to requests for a coupon, by outcome.";
constexpr const char* duration_name = "dibs_issue_duration_seconds";
constexpr const char* duration_help =
    "From a request's last byte to its answer, for those who got a coupon and those who did not.";

}  // namespace

IssueMetrics::IssueMetrics(metrics::Registry& registry)
    : failures_(registry.counter(total_name, total_help, {{"outcome", "failed"}})),
      issued_duration_(registry.histogram(duration_name, duration_help, metrics::duration_bounds(),
                                          {{"outcome", "issued"}})),
      refused_duration_(registry.histogram(duration_name, duration_help, metrics::duration_bounds(),
                                           {{"outcome", "refused"}})) {
    for (const IssueOutcome outcome : outcomes) {
        outcomes_[static_cast<std::size_t>(outcome)] =
            &registry.counter(total_name, total_help, {{"outcome", std::string(name_of(outcome))}});
    }
}

void IssueMetrics::count(const Result<IssueResult>& result, std::chrono::nanoseconds took) {
    if (!result) return failures_.add();
    outcomes_[static_cast<std::size_t>(result->outcome)]->add();
    const bool is_issued = result->outcome == IssueOutcome::issued;
    (is_issued ? issued_duration_ : refused_duration_).observe(took);
}

IssueDesk::IssueDesk(http::Loop& loop, IssueMetrics& metrics, const base::Clock& clock)
    : loop_(loop), metrics_(metrics), clock_(clock) {}

std::uint64_t IssueDesk::keep(http::Reply reply, base::SteadyInstant arrived_at) {
    if (free_places_.empty()) {
        free_places_.push_back(kept_.size());
        kept_.emplace_back();
    }
    const std::uint64_t ticket = free_places_.back();
    free_places_.pop_back();
    kept_[ticket].emplace(std::move(reply), arrived_at);
    return ticket;
}

void IssueDesk::answer(std::uint64_t ticket, const Result<IssueResult>& result) {
    base::ensure(ticket < kept_.size() && kept_[ticket], "an answer comes once, to one who asked");
    Kept kept = *std::move(kept_[ticket]);
    kept_[ticket].reset();
    free_places_.push_back(ticket);
    metrics_.count(result, clock_.steady_now() - kept.arrived_at);
    kept.reply.send(result ? to_response(*result) : answer_of_issue(result.failure()));
}

void IssueDesk::take(std::vector<issuing::IssueAnswer> answers) {
    loop_.post([this, all = std::move(answers)] {
        for (const issuing::IssueAnswer& one : all) answer(one.ticket, one.result);
    });
}

}  // namespace dibs::controller
