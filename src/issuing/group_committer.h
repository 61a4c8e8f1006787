#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/named_thread.h"
#include "base/result.h"
#include "issuing/pending_issue.h"
#include "issuing/sold_out_latch.h"
#include "issuing/waiting_line.h"
#include "metrics/counter.h"
#include "metrics/histogram.h"
#include "repository/store.h"

namespace dibs::issuing {

/// What a committer counts.
struct CommitterMetrics {
    metrics::Histogram& group_size;  ///< Requests per group.
    metrics::Histogram&
        commit_duration;  ///< Seconds from the opening of the books to the commit's end.
    metrics::Counter& groups_committed;  ///< Groups that cost an fsync.
    metrics::Counter& groups_in_doubt;   ///< Groups whose commit's fate had to be looked up.
};

/// Many requests, one commit: the thread that takes all who wait, decides, writes, commits once,
/// and only then answers.
///
/// While it is in an fsync the next group gathers in the line; so the group grows with the load by
/// itself, and somebody who comes alone is served alone at once.
class GroupCommitter {
public:
    /// All must outlive it. `group_max`: the most requests in one group.
    GroupCommitter(WaitingLine& line, repository::Store& store, SoldOutLatch& latch,
                   const base::Clock& clock, CommitterMetrics metrics, std::size_t group_max);

    /// Starts the thread.
    void start();

    /// Waits until everybody in the line was answered. The line must have been closed.
    void stop();

private:
    void run();
    void serve(std::span<PendingIssue> group);
    void answer_expired(std::span<PendingIssue> group);
    [[nodiscard]] base::Result<std::vector<IssueResult>> commit(std::span<PendingIssue> group);
    void resolve_doubt(std::span<PendingIssue> group, const base::Failure& doubt);
    void answer(std::span<PendingIssue> group, std::vector<IssueResult> results);
    void answer_all(std::span<PendingIssue> group, const base::Failure& failure);
    void add_first_terms(IssueResult& replayed);

    WaitingLine& line_;
    repository::Store& store_;
    SoldOutLatch& latch_;
    const base::Clock& clock_;
    CommitterMetrics metrics_;
    const std::size_t group_max_;
    base::NamedThread thread_;
};

}  // namespace dibs::issuing
