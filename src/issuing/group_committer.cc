#include "issuing/group_committer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "issuing/issue_group.h"

// The group commit, told once. `run` takes whoever waits; `commit` has the coupons' streams to
// itself from the opening of the books to the commit, and nobody hears anything before that. What
// arrives meanwhile waits in the line and is the next group. Nothing lingers: a group is as large
// as the last fsync was long.
//
// When it goes wrong, the kind of failure says what is known:
//   nothing was written      every request of the group is told so, and may be repeated;
//   something was refused    the group is halved until the one that is refused stands alone, so
//   that
//                            nobody shares its fate;
//   in doubt                 the store is opened anew and asked what it has, before anybody is
//   answered.

namespace dibs::issuing {

using base::Failure;
using base::FailureKind;
using base::Result;
using domain::IssueOutcome;

namespace {

/// Hands over what `answer_to` gives for each request of the group, by its place. One call per
/// desk, however many of the group asked there: waking a thread is what costs.
template <typename AnswerTo>
void hand_over(std::span<const PendingIssue> group, AnswerTo answer_to) {
    std::vector<std::pair<AnswerDesk*, std::vector<IssueAnswer>>> by_desk;
    for (std::size_t i = 0; i < group.size(); ++i) {
        auto found = std::ranges::find(by_desk, group[i].desk,
                                       [](const auto& entry) { return entry.first; });
        if (found == by_desk.end()) {
            found = by_desk.insert(by_desk.end(), {group[i].desk, {}});
            found->second.reserve(group.size());
        }
        found->second.push_back({group[i].ticket, answer_to(i)});
    }
    for (auto& [desk, answers] : by_desk) desk->take(std::move(answers));
}

}  // namespace

GroupCommitter::GroupCommitter(WaitingLine& line, repository::Store& store, SoldOutLatch& latch,
                               const base::Clock& clock, CommitterMetrics metrics,
                               std::size_t group_max)
    : line_(line),
      store_(store),
      latch_(latch),
      clock_(clock),
      metrics_(metrics),
      group_max_(group_max) {}

void GroupCommitter::start() {
    thread_ = base::NamedThread("committer", [this] { run(); });
}

void GroupCommitter::stop() {
    thread_.join();
}

void GroupCommitter::run() {
    while (true) {
        TakenGroup taken = line_.take(group_max_);
        if (taken.empty()) return;
        const std::span<PendingIssue> group = taken.requests();
        const auto expired = std::ranges::stable_partition(
            group,
            [now = clock_.steady_now()](const PendingIssue& one) { return one.deadline > now; });
        answer_expired(expired);
        serve({group.begin(), expired.begin()});
        taken.give_back();
        // Whoever shared a commit with others is being followed by more of them, even if nobody
        // waits at this very moment: what is only worth it in a lull would hold them up.
        const bool is_lull = group.size() == 1 && line_.length() == 0;
        if (auto tidied = store_.tidy(!is_lull); !tidied) {
            base::log::warning("store-not-tidied", {{"why", tidied.failure().what}});
        }
    }
}

void GroupCommitter::serve(std::span<PendingIssue> group) {
    if (group.empty()) return;
    auto results = commit(group);
    if (results) return answer(group, *std::move(results));

    const Failure& failure = results.failure();
    base::log::warning(
        "group-not-committed",
        {{"failure", name_of(failure.kind)}, {"why", failure.what}, {"requests", group.size()}});
    if (failure.kind == FailureKind::in_doubt) return resolve_doubt(group, failure);
    const bool may_be_one_of_them =
        failure.kind == FailureKind::refused || failure.kind == FailureKind::corrupted;
    if (!may_be_one_of_them || group.size() == 1) return answer_all(group, failure);
    for (PendingIssue& request : group) request.attempted.reset();
    const std::size_t half = group.size() / 2;
    serve(group.first(half));
    serve(group.subspan(half));
}

Result<std::vector<IssueResult>> GroupCommitter::commit(std::span<PendingIssue> group) {
    const auto begun_at = clock_.steady_now();
    const std::uint64_t generation = latch_.generation();
    auto books = store_.coupons().open_books();
    if (!books) return books.failure();

    IssueGroup decided(group);
    if (auto done = decided.decide(**books); !done) return done.failure();
    if (decided.has_issued()) {
        // The point of no return: from here on the group is durable, or we don't know.
        if (auto done = (*books)->commit(); !done) return done.failure();
        metrics_.groups_committed.add();
        metrics_.commit_duration.observe(clock_.steady_now() - begun_at);
    }
    books->reset();

    metrics_.group_size.observe(static_cast<double>(group.size()));
    for (const domain::CouponId coupon_id : decided.sold_out()) {
        latch_.close_soon(coupon_id, generation);
    }
    return decided.take_results();
}

// A second pass over the same requests: each one's attempt is looked for in what the store has now,
// and only who has none is decided on again. Without a look that succeeded nobody is told yes or
// no.
void GroupCommitter::resolve_doubt(std::span<PendingIssue> group, const Failure& doubt) {
    metrics_.groups_in_doubt.add();
    auto results = commit(group);
    if (results) return answer(group, *std::move(results));
    base::log::error("outcome-unknown",
                     {{"why", results.failure().what}, {"requests", group.size()}});
    answer_all(group, doubt);
}

void GroupCommitter::answer_expired(std::span<PendingIssue> group) {
    answer_all(group, Failure{FailureKind::expired, "the request waited longer than it may"});
}

void GroupCommitter::answer_all(std::span<PendingIssue> group, const Failure& failure) {
    hand_over(group, [&failure](std::size_t) { return Result<IssueResult>(failure); });
}

void GroupCommitter::answer(std::span<PendingIssue> group, std::vector<IssueResult> results) {
    for (IssueResult& result : results) {
        if (result.outcome == IssueOutcome::replayed) add_first_terms(result);
    }
    hand_over(group,
              [&results](std::size_t i) { return Result<IssueResult>(std::move(results[i])); });
}

void GroupCommitter::add_first_terms(IssueResult& replayed) {
    const domain::RegistrationId id = replayed.registered.front().id();
    auto terms = store_.coupons().terms_at(id.coupon_id, id.sequence);
    // Rather today's terms than no answer: what the caller holds is the same.
    if (terms) replayed.terms = *std::move(terms);
}

}  // namespace dibs::issuing
