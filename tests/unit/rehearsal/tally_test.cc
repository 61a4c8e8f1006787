// Goal: each answer is counted under what it means, and whatever may have been done is kept.
// Method: hand a tally answers and see what it adds to a result.

#include "rehearsal/tally.h"

#include <gtest/gtest.h>

namespace dibs::rehearsal {
namespace {

using base::SteadyInstant;
using std::chrono::milliseconds;

constexpr SteadyInstant tally_start{std::chrono::seconds(50)};

const std::string sold_out = R"({"status":400,"code":"coupon-sold-out"})";

RequestPlan plan_of_ten() {
    CrowdOptions options;
    options.user_count = 10;
    options.user_pattern = "u#";
    options.first_user = 0;
    options.key_use = KeyUse::per_user;
    options.key_prefix = "k";
    options.coupon_id = 42;
    options.coupon_count = 2;
    return std::move(RequestPlan::make(options)).value();
}

Answer answer_of(unsigned status, std::string_view body, bool is_replayed = false) {
    Answer answer;
    answer.form = AnswerForm::whole;
    answer.status = status;
    answer.body = body;
    answer.is_replayed = is_replayed;
    return answer;
}

SentRequest sent(std::uint64_t number, int at_ms) {
    return {number, tally_start + milliseconds(at_ms), tally_start + milliseconds(at_ms)};
}

class TallyTest : public testing::Test {
protected:
    void count(std::uint64_t number, const Answer& answer) {
        tally_.count_sent();
        tally_.count_answer(sent(number, 10), tally_start + milliseconds(13), answer);
    }
    CrowdResult result() const {
        CrowdResult result;
        tally_.add_to(result, tally_start);
        result.put_in_order();
        return result;
    }

    RequestPlan plan_ = plan_of_ten();
    Tally tally_{plan_, true};
};

TEST_F(TallyTest, CountsByStatusAndCode) {
    count(0, answer_of(400, sold_out));
    count(1, answer_of(400, sold_out));
    count(2, answer_of(400, R"({"status":400,"code":"coupon-sold-out","detail":"else"})"));
    count(3, answer_of(400, R"({"status":400,"code":"coupon-ended"})"));
    count(4, answer_of(500, ""));
    count(5, answer_of(200, "{}"));
    const CrowdResult seen = result();
    ASSERT_EQ(seen.outcomes.size(), 4U);
    EXPECT_EQ(seen.outcomes[0].kind, AnswerKind::done);
    EXPECT_EQ(seen.outcomes[1].code, "coupon-sold-out");
    EXPECT_EQ(seen.outcomes[1].count, 3U);
    EXPECT_EQ(seen.outcomes[2].code, "coupon-ended");
    EXPECT_EQ(seen.outcomes[3].status, 500U);
    EXPECT_EQ(seen.outcomes[3].code, "");
    EXPECT_EQ(seen.sent, 6U);
    EXPECT_EQ(seen.answered(), 6U);
    EXPECT_EQ(seen.count_of(AnswerKind::refused), 4U);
    EXPECT_EQ(tally_.counts().refused, 4U);
    EXPECT_EQ(seen.latency_of(AnswerKind::refused).longest(), milliseconds(3));
}

TEST_F(TallyTest, DoesNotTakeAnEmptyBodyForOneTooLongToKeep) {
    count(0, answer_of(400, R"({"code":"long","detail":")" + std::string(5'000, 'x') + R"("})"));
    count(1, answer_of(400, ""));
    const CrowdResult seen = result();
    ASSERT_EQ(seen.outcomes.size(), 2U);
    EXPECT_EQ(seen.outcomes[0].count, 1U);
}

TEST_F(TallyTest, KeepsEvery201) {
    const std::string body =
        R"({"id":"42-2","couponId":42,"rank":1,"registeredAt":"2026-11-27T03:00:00Z"})";
    count(3, answer_of(201, body));
    count(3, answer_of(201, body, true));
    count(4, answer_of(201, "{}"));
    const CrowdResult seen = result();
    ASSERT_EQ(seen.issued.size(), 3U);
    EXPECT_EQ(seen.issued[0].user, "u3");
    EXPECT_EQ(seen.issued[0].idempotency_key, "k-3");
    EXPECT_EQ(seen.issued[0].asked_coupon_id, 43);
    EXPECT_EQ(seen.issued[0].registration.rank, 1);
    EXPECT_EQ(seen.issued[0].sent_at, milliseconds(10));
    EXPECT_EQ(seen.issued[0].answered_at, milliseconds(13));
    EXPECT_FALSE(seen.issued[0].is_replayed);
    EXPECT_TRUE(seen.issued[1].is_replayed);
    EXPECT_EQ(seen.issued[0].body_hash, seen.issued[1].body_hash);
    EXPECT_FALSE(seen.issued[2].is_readable);
    EXPECT_EQ(seen.issued[2].asked_coupon_id, 42);
    EXPECT_EQ(seen.count_of(AnswerKind::issued), 2U);
    EXPECT_EQ(seen.count_of(AnswerKind::replayed), 1U);
}

TEST_F(TallyTest, KeepsWhateverMayHaveBeenDone) {
    count(0, answer_of(503, R"({"code":"outcome-unknown"})"));
    count(1, answer_of(502, "<html>bad gateway</html>"));
    count(2, answer_of(503, R"({"code":"overloaded"})"));
    count(3, answer_of(400, sold_out));
    tally_.count_no_answer(sent(4, 11), tally_start + milliseconds(90), NoAnswer::cut_off);
    tally_.count_no_answer(sent(5, 12), tally_start + milliseconds(90), NoAnswer::timed_out);
    tally_.count_no_answer(sent(6, 13), tally_start + milliseconds(90), NoAnswer::malformed);
    const CrowdResult seen = result();
    std::string users;
    for (const UnknownRequest& request : seen.unknown) users += request.user;
    EXPECT_EQ(users, "u0u1u4u5u6");
    EXPECT_EQ(seen.cut_off, 1U);
    EXPECT_EQ(seen.timed_out, 1U);
    EXPECT_EQ(seen.malformed, 1U);
    EXPECT_EQ(tally_.counts().unanswered, 3U);
}

TEST_F(TallyTest, KeepsTheHistoryIfItIsWanted) {
    count(0, answer_of(400, sold_out));
    count(1, answer_of(200, ""));
    tally_.count_no_answer(sent(2, 5), tally_start + milliseconds(90), NoAnswer::cut_off);
    const CrowdResult seen = result();
    ASSERT_EQ(seen.history.size(), 3U);
    EXPECT_EQ(seen.history[0].user, 2U);
    EXPECT_EQ(seen.history[0].outcome, HistoryEntry::no_outcome);
    EXPECT_EQ(seen.history[0].sent_at, milliseconds(5));
    EXPECT_EQ(seen.history[0].ended_at, milliseconds(90));
    EXPECT_EQ(seen.outcomes[seen.history[1].outcome].code, "coupon-sold-out");
    EXPECT_EQ(seen.outcomes[seen.history[2].outcome].status, 200U);

    Tally without(plan_, false);
    without.count_answer(sent(0, 1), tally_start + milliseconds(2), answer_of(200, ""));
    CrowdResult empty;
    without.add_to(empty, tally_start);
    EXPECT_TRUE(empty.history.empty());
}

TEST_F(TallyTest, CountsLatencyFromTheIntendedStart) {
    SentRequest late = sent(0, 300);
    late.intended = tally_start + milliseconds(100);
    tally_.count_answer(late, tally_start + milliseconds(301), answer_of(200, ""));
    EXPECT_EQ(result().latency_of_all().longest(), milliseconds(201));
}

TEST_F(TallyTest, AddsUpWhatSeveralThreadsSaw) {
    Tally other(plan_, true);
    count(0, answer_of(200, ""));
    other.count_answer(sent(1, 3), tally_start + milliseconds(4), answer_of(400, sold_out));
    other.count_answer(sent(2, 2), tally_start + milliseconds(5), answer_of(200, ""));
    CrowdResult seen;
    tally_.add_to(seen, tally_start);
    other.add_to(seen, tally_start);
    seen.put_in_order();
    ASSERT_EQ(seen.outcomes.size(), 2U);
    EXPECT_EQ(seen.outcomes[0].count, 2U);
    ASSERT_EQ(seen.history.size(), 3U);
    EXPECT_EQ(seen.history[0].user, 2U);
    EXPECT_EQ(seen.outcomes[seen.history[1].outcome].code, "coupon-sold-out");
}

TEST_F(TallyTest, KeepsAServiceThatMakesUpCodesFromFillingTheMemory) {
    for (int i = 0; i < 1'000; ++i) {
        count(0, answer_of(400, R"({"code":")" + std::to_string(i) + R"("})"));
    }
    const CrowdResult seen = result();
    EXPECT_LE(seen.outcomes.size(), 201U);
    EXPECT_EQ(seen.count_of(AnswerKind::refused), 1'000U);
}

}  // namespace
}  // namespace dibs::rehearsal
