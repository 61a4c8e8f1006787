#include "issuing/group_committer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "issuing/issue_group.h"

// The group commit, told once. `serve_next` takes whoever waits; `commit` has the coupons' streams
// to itself from the opening of the books to the commit, and nobody hears anything before that.
// What arrives meanwhile waits in the line and is the next group. Nothing lingers: a group is as
// large as the last fsync was long.
//
// When it goes wrong, the kind of failure says what is known:
//   nothing was written      every request of the group is told so, and may be repeated;
//   somebody was first       the group is read and decided again, after a pause;
//   something was refused    the group is halved until the one that is refused stands alone, so
//                            that nobody shares its fate; where others write the same streams it
//                            is read again first, as it may have been their doing;
//   in doubt                 the store is asked what it has before anybody is answered; one that is
//                            a server, as often as it takes and the deadlines allow.
//
// `PendingIssue::attempted` is what carries a doubt from one pass to the next: it is set exactly
// while a commit may have kept what it says. A pass that reads the coupon finds it, or finds that
// it is not there and decides anew; so every pass is also a look, and whoever has nothing attempted
// is known to have nothing written. Where others write too, only a pass that was committed settles
// a doubt; one that failed leaves everybody with what they had attempted before it.

namespace dibs::issuing {

using base::Failure;
using base::FailureKind;
using base::Result;

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

/// Whether it is not known what became of somebody's attempt.
bool is_in_doubt(std::span<const PendingIssue> group) {
    return std::ranges::any_of(group,
                               [](const PendingIssue& one) { return one.attempted.has_value(); });
}

/// What to tell one of a group that failed: whose attempt may have been kept is told that it isn't
/// known, and nobody else is.
Failure failure_for(const PendingIssue& request, const Failure& failure) {
    if (request.attempted) return {FailureKind::in_doubt, failure.what};
    if (failure.kind == FailureKind::in_doubt) return {FailureKind::unavailable, failure.what};
    return failure;
}

// choice: somebody else's transaction is a few milliseconds, and a lock that is waited for in vain
// has taken its time already.
constexpr Backoff conflict_backoff{std::chrono::milliseconds(2), std::chrono::milliseconds(50)};

// choice: more than that in a row are no accident, and the caller is told to come back.
constexpr int conflicts_max = 8;

// choice: a standby takes over within 0.15 to 20 s, and half a second more is not noticed then.
constexpr Backoff look_backoff{std::chrono::milliseconds(20), std::chrono::milliseconds(500)};

// choice: so that what is left until a deadline is not cut into ever smaller pauses.
constexpr std::chrono::milliseconds pause_min{1};

}  // namespace

struct GroupCommitter::Tries {
    int conflicts = 0;
    int looks = 0;
    bool was_read_again = false;
    Backoff until_decision = conflict_backoff;
    Backoff until_look = look_backoff;
    metrics::Counter* why = nullptr;  // The group is gone through again.
    std::chrono::milliseconds pause{0};
};

GroupCommitter::GroupCommitter(const CommitterParts& parts, const CommitterMetrics& metrics,
                               std::size_t group_max, std::string name)
    : line_(parts.line),
      store_(parts.store),
      latch_(parts.latch),
      clock_(parts.clock),
      pause_(parts.pause),
      metrics_(metrics),
      group_max_(group_max),
      name_(std::move(name)),
      has_other_writers_(store_.has_other_writers()) {}

void GroupCommitter::start() {
    thread_ = base::NamedThread(name_, [this] {
        while (serve_next()) {
        }
    });
}

void GroupCommitter::stop() {
    pause_.end();
    thread_.join();
}

bool GroupCommitter::serve_next() {
    TakenGroup taken = line_.take(group_max_);
    if (taken.empty()) return false;
    const std::size_t size = taken.size();
    serve(answer_overdue(taken.requests(),
                         {FailureKind::expired, "the request waited longer than it may"}));
    taken.give_back();
    // Whoever shared a commit with others is being followed by more of them, even if nobody
    // waits at this very moment: what is only worth it in a lull would hold them up.
    const bool is_lull = lull_sense_.is_lull(clock_.steady_now(), line_.joined_count()) &&
                         size == 1 && line_.length() == 0;
    if (auto tidied = store_.tidy(!is_lull); !tidied) {
        base::log::warning("store-not-tidied", {{"why", tidied.failure().what}});
    }
    return true;
}

void GroupCommitter::serve(std::span<PendingIssue> group) {
    Tries tries;
    while (!group.empty()) {
        if (tries.why != nullptr) tries.why->add();
        auto results = commit(group);
        if (results) return answer(group, *std::move(results));

        const Failure& failure = results.failure();
        base::log::warning("group-not-committed", {{"failure", name_of(failure.kind)},
                                                   {"why", failure.what},
                                                   {"requests", group.size()}});
        switch (step_after(failure, group, tries)) {
            case Step::again: break;
            case Step::again_after_pause:
                group = answer_overdue(group, failure);
                if (group.empty()) return;
                if (!pause(group, tries.pause)) return answer_failed(group, failure);
                break;
            case Step::halve:
                serve(group.first(group.size() / 2));
                group = group.subspan(group.size() / 2);
                tries = {};
                break;
            case Step::give_up: return answer_failed(group, failure);
        }
    }
}

GroupCommitter::Step GroupCommitter::step_after(const Failure& failure,
                                                std::span<PendingIssue> group, Tries& tries) {
    if (failure.kind == FailureKind::in_doubt) metrics_.groups_in_doubt.add();
    if (failure.kind == FailureKind::refused && has_other_writers_ &&
        !std::exchange(tries.was_read_again, true)) {
        tries.why = &metrics_.retried_refused;
        return Step::again;
    }
    const bool may_be_one_of_them =
        failure.kind == FailureKind::refused || failure.kind == FailureKind::corrupted;
    if (may_be_one_of_them && group.size() > 1) return Step::halve;
    if (is_in_doubt(group)) {
        // Without a look that succeeded nobody is told yes or no. The first one is at once. An
        // embedded store that fails a look won't be back in a moment, and all coupons would wait
        // for it; a server may, and only this group's coupon does.
        tries.why = &metrics_.retried_in_doubt;
        if (tries.looks++ == 0) return Step::again;
        if (!has_other_writers_) return Step::give_up;
        tries.pause = tries.until_look.next();
        return Step::again_after_pause;
    }
    if (failure.kind == FailureKind::conflict && tries.conflicts++ < conflicts_max) {
        tries.why = &metrics_.retried_conflict;
        tries.pause = tries.until_decision.next();
        return Step::again_after_pause;
    }
    return Step::give_up;
}

bool GroupCommitter::pause(std::span<const PendingIssue> group, std::chrono::nanoseconds longest) {
    const auto earliest = std::ranges::min_element(group, {}, &PendingIssue::deadline)->deadline;
    const std::chrono::nanoseconds left = earliest - clock_.steady_now();
    return pause_.wait(std::max<std::chrono::nanoseconds>(pause_min, std::min(longest, left)));
}

Result<std::vector<IssueResult>> GroupCommitter::commit(std::span<PendingIssue> group) {
    const auto begun_at = clock_.steady_now();
    const std::uint64_t generation = latch_.generation();
    auto books = store_.coupons().open_books();
    if (!books) return books.failure();

    IssueGroup decided(group);
    Result<void> done = decided.decide(**books);
    if (done && (decided.must_commit() || (has_other_writers_ && decided.tells_what_is_kept()))) {
        // The point of no return: from here on the group is durable, or we don't know.
        done = (*books)->commit();
        if (done) {
            metrics_.groups_committed.add();
            metrics_.commit_duration.observe(clock_.steady_now() - begun_at);
        }
    }
    if (!done) {
        decided.leave_attempts({.is_in_doubt = done.failure().kind == FailureKind::in_doubt,
                                .is_look_enough = !has_other_writers_});
        return done.failure();
    }
    books->reset();

    metrics_.group_size.observe(static_cast<double>(group.size()));
    for (const domain::CouponId coupon_id : decided.sold_out()) {
        latch_.close_soon(coupon_id, generation);
    }
    return decided.take_results();
}

// Gives those whose deadline has not passed, in their order.
std::span<PendingIssue> GroupCommitter::answer_overdue(std::span<PendingIssue> group,
                                                       const Failure& failure) {
    const auto overdue = std::ranges::stable_partition(
        group, [now = clock_.steady_now()](const PendingIssue& one) { return one.deadline > now; });
    answer_failed(overdue, failure);
    return {group.begin(), overdue.begin()};
}

void GroupCommitter::answer_failed(std::span<PendingIssue> group, const Failure& failure) {
    if (is_in_doubt(group)) {
        base::log::error("outcome-unknown", {{"why", failure.what}, {"requests", group.size()}});
    }
    hand_over(group,
              [&](std::size_t i) { return Result<IssueResult>(failure_for(group[i], failure)); });
}

void GroupCommitter::answer(std::span<PendingIssue> group, std::vector<IssueResult> results) {
    bool can_ask = true;  // A store that has just failed is not asked for each of the others.
    for (IssueResult& result : results) {
        if (can_ask && result.was_issued_before) can_ask = add_first_terms(result);
    }
    hand_over(group,
              [&results](std::size_t i) { return Result<IssueResult>(std::move(results[i])); });
}

bool GroupCommitter::add_first_terms(IssueResult& result) {
    const domain::RegistrationId id = result.registered.front().id();
    auto terms = store_.coupons().terms_at(id.coupon_id, id.sequence);
    // Rather today's terms than no answer: what the caller holds is the same.
    if (!terms) return false;
    result.terms = *std::move(terms);
    return true;
}

}  // namespace dibs::issuing
