#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "simulation/observations.h"
#include "simulation/rows.h"
#include "simulation/story.h"

namespace dibs::simulation {

/// What is wrong, in sentences. Only the first ones are kept.
class Findings {
public:
    template <typename... Args>
    void add(fmt::format_string<Args...> form, Args&&... args) {
        if (++count_ <= kept_max) kept_.push_back(fmt::format(form, std::forward<Args>(args)...));
    }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] const std::vector<std::string>& kept() const { return kept_; }

private:
    static constexpr std::size_t kept_max = 10;  // choice: the first one is what one looks at.

    std::vector<std::string> kept_;
    std::size_t count_ = 0;
};

/// Judges a run when it is over: what everybody was told, against what the store says in the end.
/// It shares no code with what it judges, not even a type.
///
///   lost        told "issued", and not there, or not as told
///   duplicate   a place, a user's number or a key twice; one more than the limit
///   oversold    a stock below zero at any place of a stream
///
/// and: who was refused was refused for a reason that was true while they waited; who came first to
/// a node was served first; the same key got the same answer; a failure that says that nothing was
/// written told the truth; folding has moved no sum, each event was folded once, and history is as
/// it was; everybody was answered.
class Auditor {
public:
    /// Both must outlive it.
    Auditor(const StoreRows& rows, const Observations& seen, Findings& findings);

    void audit();

    /// Whether every stream that `before` has still begins as it did.
    void audit_history_since(const StoreRows& before);

private:
    // audit_streams.cc
    void audit_stream(std::int64_t coupon, const Story& story);
    void audit_event(const Story& story, const EventRow& row, std::int64_t sequence);
    void audit_limit(std::int64_t coupon, const Story& story);
    void audit_live(std::int64_t coupon, const Story& story);
    void audit_folds();

    // audit_answers.cc
    void audit_answer(const Asked& asked);
    void audit_failure(const Asked& asked);
    void audit_refusal(const Asked& asked, const Story& story);
    void audit_held(const Asked& asked, const Story& story);
    void audit_precedence(const Asked& asked, const Story& story);
    void audit_terms(const Asked& asked, const Story& story);
    void audit_claims();
    void audit_order_of_arrival();
    [[nodiscard]] Time looked_since(const Asked& asked) const;

    // audit_orders.cc
    void audit_stock_order(const StockOrder& order);
    void audit_look(const Look& look);
    void audit_reasons();

    [[nodiscard]] const Story* story_of(std::int64_t coupon) const;

    const StoreRows& rows_;
    const Observations& seen_;
    Findings& findings_;
    std::deque<Story> stories_;
    std::vector<std::vector<bool>> claimed_;  // Registrations, by coupon and place, that were told.
};

}  // namespace dibs::simulation
