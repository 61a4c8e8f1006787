// Goal: machines get every figure and every finding. Method: parse what was written.

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "rehearsal/report.h"
#include "told.h"

namespace dibs::rehearsal {
namespace {

boost::json::object parsed(const CrowdOptions& options, const CrowdResult& result,
                           const std::optional<AuditReport>& verdict) {
    return boost::json::parse(report_as_json(options, result, verdict)).as_object();
}

TEST(ReportForMachines, HasTheFigures) {
    CrowdOptions options;
    options.coupon_id = 42;
    CrowdResult result = all_told(2);
    result.started_at = base::from_microseconds(1'795'748'400'012'345);
    result.outcomes = {{201, "", AnswerKind::issued, 2},
                       {400, "coupon-sold-out", AnswerKind::refused, 1}};
    result.latency[0].record(std::chrono::milliseconds(250));
    result.latency[0].record(std::chrono::milliseconds(250));
    result.elapsed = std::chrono::seconds(2);
    result.sent = 5;
    result.cut_off = 1;
    result.timed_out = 1;
    result.notes = {"say \"so\""};
    const auto report = parsed(options, result, std::nullopt);
    EXPECT_EQ(report.at("mode"), "stampede");
    EXPECT_EQ(report.at("target").at("couponId"), 42);
    EXPECT_EQ(report.at("startedAt"), "2026-11-27T03:00:00.012345Z");
    EXPECT_EQ(report.at("requests").at("unanswered"), 2);
    EXPECT_EQ(report.at("answersPerSecond").as_double(), 1.0);
    EXPECT_EQ(report.at("outcomes").at(1).at("code"), "coupon-sold-out");
    EXPECT_FALSE(report.at("outcomes").at(0).as_object().contains("code"));
    EXPECT_EQ(report.at("latency").at("issued").at("count"), 2);
    EXPECT_DOUBLE_EQ(report.at("latency").at("all").at("p99").as_double(), 0.25);
    EXPECT_FALSE(report.at("latency").as_object().contains("refused"));
    EXPECT_EQ(report.at("notes").at(0), "say \"so\"");
    EXPECT_FALSE(report.contains("audit"));
}

TEST(ReportForMachines, HasEveryFinding) {
    const CrowdResult result = all_told(100);
    const auto report = parsed(CrowdOptions{}, result, audit(result, terms_of(50)));
    const auto& verdict = report.at("audit");
    EXPECT_EQ(verdict.at("isClean"), false);
    EXPECT_EQ(verdict.at("acknowledged"), 100);
    EXPECT_FALSE(verdict.as_object().contains("stored"));
    const auto& oversold = verdict.at("checks").at(0);
    EXPECT_EQ(oversold.at("check"), "oversold");
    EXPECT_EQ(oversold.at("wasMade"), true);
    ASSERT_EQ(oversold.at("findings").as_array().size(), 50U);
    EXPECT_EQ(oversold.at("findings").at(0).at("user"), "user-51");
    EXPECT_EQ(oversold.at("findings").at(0).at("id"), "42-52");
    EXPECT_EQ(oversold.at("findings").at(0).at("rank"), 51);
    EXPECT_EQ(verdict.at("checks").at(1).at("wasMade"), false);
}

TEST(ReportForMachines, IsNotCleanWhereTheBooksCouldNotBeRead) {
    const CrowdResult result = all_told(2);
    AuditReport verdict = audit(result, terms_of(2));
    EXPECT_FALSE(
        parsed(CrowdOptions{}, result, verdict).at("audit").as_object().contains("booksUnread"));
    verdict.books_unread = "nobody answers";
    const auto report = parsed(CrowdOptions{}, result, verdict);
    EXPECT_EQ(report.at("audit").at("isClean"), false);
    EXPECT_EQ(report.at("audit").at("booksUnread"), "nobody answers");
}

}  // namespace
}  // namespace dibs::rehearsal
