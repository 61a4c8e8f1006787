#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/named_thread.h"
#include "base/result.h"
#include "issuing/lull_sense.h"
#include "issuing/pause.h"
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
    // Groups that were gone through once more, by why:
    metrics::Counter& retried_conflict;  ///< Somebody else was there first.
    metrics::Counter& retried_refused;   ///< A guard said no, perhaps for the same reason.
    metrics::Counter& retried_in_doubt;  ///< To look what became of a commit.
};

/// What a committer works with. All must outlive it.
struct CommitterParts {
    WaitingLine& line;
    repository::Store& store;
    SoldOutLatch& latch;
    const base::Clock& clock;
    Pause& pause;  ///< Ended by the committer's `stop`.
};

/// Many requests, one commit: the thread that takes all who wait, decides, writes, commits once,
/// and only then answers.
///
/// While it is in an fsync the next group gathers in the line; so the group grows with the load by
/// itself, and somebody who comes alone is served alone at once.
class GroupCommitter {
public:
    /// `group_max`: the most requests in one group. `name`: the thread's.
    GroupCommitter(const CommitterParts& parts, const CommitterMetrics& metrics,
                   std::size_t group_max, std::string name);

    /// Starts the thread, which serves one group after another.
    void start();

    /// Serves the next group from its taking to its last answer, on the calling thread: what the
    /// thread does again and again. Blocks until somebody waits whose coupon nobody else has, and
    /// then for as long as the store takes. False if there was nobody and the line is closed. One
    /// thread at a time.
    [[nodiscard]] bool serve_next();

    /// Waits until everybody in the line was answered, with no more pauses: what fails now is not
    /// tried again. The line must have been closed.
    void stop();

private:
    /// What was tried for a group so far.
    struct Tries;
    /// What to do with a group that was not committed.
    enum class Step : std::uint8_t { again, again_after_pause, halve, give_up };

    void serve(std::span<PendingIssue> group);
    [[nodiscard]] base::Result<std::vector<IssueResult>> commit(std::span<PendingIssue> group);
    [[nodiscard]] Step step_after(const base::Failure& failure, std::span<PendingIssue> group,
                                  Tries& tries);
    [[nodiscard]] bool pause(std::span<const PendingIssue> group, std::chrono::nanoseconds longest);
    [[nodiscard]] std::span<PendingIssue> answer_overdue(std::span<PendingIssue> group,
                                                         const base::Failure& failure);
    void answer(std::span<PendingIssue> group, std::vector<IssueResult> results);
    void answer_failed(std::span<PendingIssue> group, const base::Failure& failure);
    /// Whether the store gave them.
    bool add_first_terms(IssueResult& result);

    WaitingLine& line_;
    repository::Store& store_;
    SoldOutLatch& latch_;
    const base::Clock& clock_;
    Pause& pause_;
    CommitterMetrics metrics_;
    const std::size_t group_max_;
    const std::string name_;
    const bool has_other_writers_;
    LullSense lull_sense_;
    base::NamedThread thread_;
};

}  // namespace dibs::issuing
