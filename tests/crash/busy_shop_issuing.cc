#include <fmt/format.h>

#include "crash/busy_shop.h"
#include "issuing/group_committer.h"
#include "support/collecting_desk.h"

// A group is made as in the service: requests join the line, the committer takes them, decides,
// commits and answers. They all join before the committer starts, so that how they fall into groups
// is the seed's doing and not the threads'.

namespace dibs::crash {

using base::Result;
using domain::CouponId;
using domain::IssueOutcome;

namespace {

constexpr std::int64_t users_max = 120;  // choice: few, so that many come again.

/// A desk that says so at the very moment at which somebody is told that something is kept.
class HearingDesk final : public issuing::AnswerDesk {
public:
    HearingDesk(test::CollectingDesk& behind, std::function<void()> on_acknowledged)
        : behind_(behind), on_acknowledged_(std::move(on_acknowledged)) {}

    void take(std::vector<issuing::IssueAnswer> answers) override {
        for (const issuing::IssueAnswer& answer : answers) {
            const bool is_kept =
                answer.result && (answer.result->outcome == IssueOutcome::issued ||
                                  answer.result->outcome == IssueOutcome::replayed);
            if (is_kept) on_acknowledged_();
        }
        behind_.take(std::move(answers));
    }

private:
    test::CollectingDesk& behind_;
    std::function<void()> on_acknowledged_;
};

HolderRow row_of(const domain::RegisteredCoupon& registered) {
    return {.coupon_id = registered.coupon_id.value,
            .sequence = registered.sequence.value,
            .user = registered.user_id.text(),
            .nth = registered.nth,
            .rank = registered.rank,
            .key = registered.idempotency_key ? registered.idempotency_key->text() : "",
            .registered_at = base::to_microseconds(registered.registered_at),
            .status = "active"};
}

}  // namespace

BusyShop::Asked BusyShop::somebody(Coupon coupon) {
    if (!keyed_.empty() && some(1, 8) == 1) {
        return keyed_[static_cast<std::size_t>(
            some(0, static_cast<std::int64_t>(keyed_.size()) - 1))];
    }
    Asked asked{coupon, fmt::format("user-{}", some(1, users_max)), ""};
    if (some(1, 3) == 1) {
        asked.key = fmt::format("key-{}-{}", seed_, ++name_count_);
        keyed_.push_back(asked);
    }
    return asked;
}

void BusyShop::issue() {
    // One who comes alone leaves a lull behind, in which the log is copied.
    if (some(0, 3) == 0) return issue(1);
    issue(static_cast<std::size_t>(some(0, 9) == 0 ? some(50, 150) : some(2, 20)));
}

void BusyShop::issue(std::size_t count) {
    if (coupons_.empty()) return;
    issuing::WaitingLine line(10'000, clock_, store_->group_scope());
    test::CollectingDesk answers;
    HearingDesk desk(answers, [this] { acknowledged(); });
    std::vector<Asked> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(somebody(*some_coupon()));
        const Asked& asked = all.back();
        const auto key = asked.key.empty() ? std::nullopt : std::optional(test::key(asked.key));
        const auto admission = line.join({.coupon_id = CouponId{asked.coupon},
                                          .user_id = test::user(asked.user),
                                          .idempotency_key = key,
                                          .deadline = clock_.steady_now() + std::chrono::hours(1),
                                          .desk = &desk,
                                          .ticket = i});
        base::ensure(admission == issuing::WaitingLine::Admission::joined, "the line has room");
    }
    issuing::GroupCommitter committer(
        {.line = line, .store = *store_, .latch = *latch_, .clock = clock_, .pause = pause_},
        committer_metrics_, static_cast<std::size_t>(some(1, 16)), "committer");
    committer.start();
    line.close();
    committer.stop();
    for (const auto& [ticket, answer] : answers.wait_for(count)) note_answer(all[ticket], answer);
}

void BusyShop::note_answer(const Asked& asked, const Result<issuing::IssueResult>& answer) {
    if (!answer) {
        if (is_in_doubt(answer)) account_.maybe_issued(asked.coupon, asked.user);
        return;
    }
    switch (answer->outcome) {
        case IssueOutcome::issued: return account_.issued(row_of(answer->registered.front()));
        case IssueOutcome::replayed: return note_replay(asked, *answer);
        case IssueOutcome::coupon_not_found:
            return told_wrong_.add(&Findings::lost,
                                   fmt::format("coupon {} is not there", asked.coupon));
        case IssueOutcome::already_registered:
        case IssueOutcome::sold_out:
        case IssueOutcome::not_started:
        case IssueOutcome::ended: return;
    }
}

void BusyShop::note_replay(const Asked& asked, const issuing::IssueResult& result) {
    const HolderRow row = row_of(result.registered.front());
    const auto known = account_.holders().find({row.coupon_id, row.sequence});
    if (known == account_.holders().end()) return account_.issued(row);  // It was in doubt.
    if (known->second != row || row.key != asked.key || row.user != asked.user) {
        told_wrong_.add(&Findings::duplicate, fmt::format("key {} got {}-{} and another", asked.key,
                                                          row.coupon_id, row.sequence));
    }
}

}  // namespace dibs::crash
