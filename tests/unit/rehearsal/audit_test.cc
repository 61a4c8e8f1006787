// Goal: the audit finds every lie that the answers alone can give away, names the rows, and finds
// nothing where nothing is. Method: a flawless set of answers with one planted fault each.

#include "rehearsal/audit.h"

#include <gtest/gtest.h>

#include "told.h"

namespace dibs::rehearsal {
namespace {

using std::chrono::milliseconds;

TEST(Audit, FindsNothingWhereNothingIs) {
    const AuditReport report = audit(all_told(100), terms_of(100));
    EXPECT_EQ(faults_of(report), "");
    EXPECT_TRUE(report.is_clean());
    EXPECT_EQ(report.acknowledged, 100U);
    EXPECT_TRUE(report.of(Check::oversold).was_made);
    EXPECT_TRUE(report.of(Check::rank_gap).was_made);
    EXPECT_FALSE(report.of(Check::lost).was_made);
    EXPECT_FALSE(report.of(Check::unexplained).was_made);
    EXPECT_TRUE(audit(CrowdResult{}, terms_of(0)).is_clean());
}

TEST(Audit, FindsOneSoldTooMany) {
    const AuditReport report = audit(all_told(101), terms_of(100));
    EXPECT_EQ(faults_of(report), "oversold");
    ASSERT_EQ(report.of(Check::oversold).findings.size(), 1U);
    EXPECT_EQ(report.of(Check::oversold).findings[0].user, "user-101");
    EXPECT_EQ(report.of(Check::oversold).findings[0].rank, 101);
}

TEST(Audit, CountsWhatWasIssuedBeforeAsSold) {
    AuditTerms terms = terms_of(15);
    terms.issued_before = 10;
    CrowdResult result = all_told(15);
    result.issued.erase(result.issued.begin(), result.issued.begin() + 10);
    EXPECT_EQ(faults_of(audit(result, terms)), "");
    result.issued.push_back(told(16));
    EXPECT_EQ(faults_of(audit(result, terms)), "oversold");
}

TEST(Audit, FindsAUserWithTwo) {
    CrowdResult result = all_told(10);
    result.issued[7].user = "user-3";
    const AuditReport report = audit(result, terms_of(10));
    EXPECT_EQ(faults_of(report), "over-limit");
    ASSERT_EQ(report.of(Check::over_limit).findings.size(), 1U);
    EXPECT_EQ(report.of(Check::over_limit).findings[0].registration_id, "42-9");

    AuditTerms two_each = terms_of(10);
    two_each.limit_per_user = 2;
    EXPECT_EQ(faults_of(audit(result, two_each)), "");
}

TEST(Audit, FindsARegistrationGivenToTwo) {
    CrowdResult result = all_told(10);
    result.issued.push_back(told(4));
    result.issued.back().user = "user-77";
    const AuditReport report = audit(result, terms_of(10));
    EXPECT_EQ(faults_of(report), "shared-registration");
    EXPECT_EQ(report.of(Check::shared_registration).findings[0].user, "user-77");
    EXPECT_EQ(report.acknowledged, 10U);
}

TEST(Audit, FindsARegistrationGivenTwiceThatIsNoReplay) {
    CrowdResult result = all_told(10);
    result.issued.push_back(told(4));
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "shared-registration");
    result.issued.back().is_replayed = true;
    const AuditReport report = audit(result, terms_of(10));
    EXPECT_EQ(faults_of(report), "");
    EXPECT_EQ(report.replayed, 1U);
}

TEST(Audit, FindsAReplayToAnotherKey) {
    CrowdResult result = all_told(10);
    result.issued[3].idempotency_key = "a";
    result.issued.push_back(result.issued[3]);
    result.issued.back().is_replayed = true;
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "");
    result.issued.back().idempotency_key = "b";
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "shared-registration");
}

TEST(Audit, FindsARankGivenTwice) {
    CrowdResult result = all_told(10);
    result.issued[9].registration.rank = 9;
    const AuditReport report = audit(result, terms_of(10));
    EXPECT_EQ(faults_of(report), "shared-rank");
    EXPECT_EQ(report.of(Check::shared_rank).findings[0].registration_id, "42-11");
}

TEST(Audit, FindsARankGivenBeforeTheCrowdCame) {
    AuditTerms terms = terms_of(10);
    terms.issued_before = 2;
    CrowdResult result = all_told(10);
    EXPECT_EQ(audit(result, terms).of(Check::shared_rank).findings.size(), 2U);
    // Whoever got theirs before and repeats the request is told so again.
    result.issued[0].is_replayed = true;
    result.issued[1].is_replayed = true;
    EXPECT_EQ(faults_of(audit(result, terms)), "");
}

TEST(Audit, FindsAMissingRankUnlessAnUnknownRequestMayHaveIt) {
    CrowdResult result = all_told(10);
    result.issued.erase(result.issued.begin() + 4);
    const AuditReport report = audit(result, terms_of(10));
    EXPECT_EQ(faults_of(report), "rank-gap");
    EXPECT_EQ(report.of(Check::rank_gap).findings[0].rank, 5);

    result.unknown.push_back({"user-5", "", milliseconds(0)});
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "");
    result.issued.erase(result.issued.begin());
    EXPECT_EQ(audit(result, terms_of(10)).of(Check::rank_gap).findings.size(), 2U);
}

TEST(Audit, ExpectsHolesWhereOthersAskToo) {
    CrowdResult result = all_told(10);
    result.issued.erase(result.issued.begin() + 4);
    AuditTerms terms = terms_of(10);
    terms.is_of_crowd = [](std::string_view) { return true; };
    const AuditReport report = audit(result, terms);
    EXPECT_EQ(faults_of(report), "");
    EXPECT_FALSE(report.of(Check::rank_gap).was_made);
}

TEST(Audit, HoldsTimesAgainstRanksNodeByNode) {
    CrowdResult result = all_told(10);
    for (std::size_t i = 1; i < 10; i += 2) result.issued[i].node = 1;
    // What node 1 was asked a little before, node 0 had ranked first.
    result.issued[5].registration.registered_at = result.issued[3].registration.registered_at;
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "");
    result.issued[5].registration.registered_at = base::from_microseconds(1);
    const AuditReport report = audit(result, terms_of(10));
    EXPECT_EQ(faults_of(report), "out-of-order");
    EXPECT_EQ(report.of(Check::out_of_order).findings[0].rank, 6);
}

TEST(Audit, FindsWhoOvertookAtAnotherNode) {
    CrowdResult result = all_told(10);
    result.issued[2].node = 1;
    result.issued[2].sent_at = result.issued[9].answered_at + milliseconds(1);
    result.issued[2].answered_at = result.issued[2].sent_at + milliseconds(1);
    EXPECT_NE(faults_of(audit(result, terms_of(10))).find("overtaken"), std::string::npos);
}

TEST(Audit, FindsATimeThatRunsBackwards) {
    CrowdResult result = all_told(10);
    result.issued[5].registration.registered_at = base::from_microseconds(1);
    const AuditReport report = audit(result, terms_of(10));
    EXPECT_EQ(faults_of(report), "out-of-order");
    EXPECT_EQ(report.of(Check::out_of_order).findings[0].rank, 6);

    AuditTerms many_clocks = terms_of(10);
    many_clocks.has_one_clock = false;
    EXPECT_EQ(faults_of(audit(result, many_clocks)), "");
}

TEST(Audit, TakesEqualTimesForOrder) {
    CrowdResult result = all_told(10);
    result.issued[5].registration.registered_at = result.issued[4].registration.registered_at;
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "");
}

TEST(Audit, FindsAPlaceInTheStreamAgainstTheRank) {
    CrowdResult result = all_told(10);
    std::swap(result.issued[5].registration.id, result.issued[6].registration.id);
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "out-of-order");
}

TEST(Audit, FindsWhoWasOvertaken) {
    CrowdResult result = all_told(10);
    // user-9 knew its answer before user-2 even asked.
    result.issued[8].sent_at = milliseconds(1);
    result.issued[8].answered_at = milliseconds(14);
    const AuditReport report = audit(result, terms_of(10));
    EXPECT_EQ(faults_of(report), "overtaken");
    EXPECT_EQ(report.of(Check::overtaken).findings[0].user, "user-9");
    // Who asks at the same moment may be served in either order.
    for (IssuedAnswer& answer : result.issued) answer.sent_at = milliseconds(0);
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "");
}

TEST(Audit, DoesNotTakeARepeatForTheRequestThatGotTheCoupon) {
    CrowdResult result = all_told(10);
    // user-1's first answer was lost; it asks again much later and gets the first answer.
    result.issued[0].is_replayed = true;
    result.issued[0].sent_at = milliseconds(900);
    result.issued[0].answered_at = milliseconds(905);
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "");
}

TEST(Audit, FindsAReplayThatDiffers) {
    CrowdResult result = all_told(10);
    result.issued[2].idempotency_key = "k";
    IssuedAnswer replay = result.issued[2];
    replay.is_replayed = true;
    result.issued.push_back(replay);
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "");
    result.issued.back().body_hash = 999;
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "replay-differs");
    result.issued.back() = replay;
    result.issued.back().registration.rank = 7;
    EXPECT_EQ(faults_of(audit(result, terms_of(10))), "replay-differs");
}

TEST(Audit, DoesNotPraiseRepeatsThatNobodyAskedFor) {
    CrowdResult result = all_told(2);
    EXPECT_FALSE(audit(result, terms_of(2)).of(Check::replay_differs).was_made);
    result.issued[0].idempotency_key = "k";
    EXPECT_TRUE(audit(result, terms_of(2)).of(Check::replay_differs).was_made);
}

TEST(Audit, FindsWhatIsNoRegistrationOfThisCoupon) {
    CrowdResult result = all_told(3);
    result.issued.push_back(told(4));
    result.issued.back().is_readable = false;
    result.issued.push_back(told(4));
    result.issued.back().registration.coupon_id = 43;
    const AuditReport report = audit(result, terms_of(10));
    EXPECT_EQ(faults_of(report), "unreadable");
    EXPECT_EQ(report.of(Check::unreadable).findings.size(), 2U);
    EXPECT_EQ(report.acknowledged, 3U);
}

TEST(Audit, DoesNotLookForAnOversellWithoutKnowingTheStock) {
    AuditTerms terms = terms_of(0);
    terms.stock = std::nullopt;
    const AuditReport report = audit(all_told(5), terms);
    EXPECT_TRUE(report.is_clean());
    EXPECT_FALSE(report.of(Check::oversold).was_made);
}

}  // namespace
}  // namespace dibs::rehearsal
