#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "issuing/pending_issue.h"
#include "repository/coupon_repository.h"
#include "simulation/conductor.h"
#include "simulation/observations.h"

namespace dibs::simulation {

/// Writes down who asked what and who was told what, in words that the auditor knows.
class Recorder {
public:
    Recorder(const Conductor& conductor, Trace& trace) : conductor_(conductor), trace_(trace) {}

    [[nodiscard]] Observations& seen() { return seen_; }

    /// Gives the ticket.
    std::size_t note_asked(Asked asked);
    void note_answer(std::size_t ticket, const base::Result<issuing::IssueResult>& result,
                     bool is_at_once);

    std::size_t note_order(StockOrder order);
    void note_change(std::size_t order, const base::Result<repository::StockChange>& change);
    void note_taken_back(std::size_t order, const base::Result<repository::TakeBack>& taken);

    /// Nobody of a node's hears anything any more.
    void note_death(int node);

    /// What happens when somebody is answered.
    std::function<void(const Asked&)> on_answer;
    /// What happens when somebody's node died before it answered.
    std::function<void(const Asked&)> on_death;

private:
    StockOrder& answer_order(std::size_t number, const base::Failure* failure,
                             std::string_view outcome);

    const Conductor& conductor_;
    Trace& trace_;
    Observations seen_;
    std::vector<std::size_t> open_;  // Who was not answered yet.
};

}  // namespace dibs::simulation
